import okhttp3.OkHttpClient;
import okhttp3.Request;

/** Trusts whom the JVM trusts: javax.net.ssl.trustStore. */
public final class Unpinned {
  public static void main(String[] args) throws Exception {
    var client = new OkHttpClient();
    var request =
        new Request.Builder()
            .url(System.getenv("LAB_URL"))
            .header("approov-token", System.getenv("LAB_TOKEN"))
            .build();
    try (var answer = client.newCall(request).execute()) {
      System.out.println(answer.body().string());
      System.exit(answer.isSuccessful() ? 0 : 1);
    }
  }
}
