import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** Asks as a Java program does that knows nothing of the lab. */
class Ask {
  public static void main(String[] args) throws Exception {
    var connection = (HttpsURLConnection) URI.create(args[0]).toURL().openConnection();
    try (var answer = connection.getInputStream()) {
      System.out.println(answer.readAllBytes().length);
    }
  }
}
