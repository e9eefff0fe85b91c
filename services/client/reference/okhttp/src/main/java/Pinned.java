import okhttp3.CertificatePinner;
import okhttp3.OkHttpClient;
import okhttp3.Request;

/**
 * Trusts whom the JVM trusts, and of their chains only those with the key LAB_PIN_OKHTTP or LAB_PIN_BACKUP. The pattern that
 * these are for is the first argument, else the host of the address.
 */
public final class Pinned {
  public static void main(String[] args) throws Exception {
    var pattern = args.length > 0 ? args[0] : System.getenv("LAB_HOST");
    var pinner =
        new CertificatePinner.Builder()
            .add(pattern, System.getenv("LAB_PIN_OKHTTP"), System.getenv("LAB_PIN_BACKUP"))
            .build();
    var client = new OkHttpClient.Builder().certificatePinner(pinner).build();
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
