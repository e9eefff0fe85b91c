import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.CertificatePinner;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Reads lines of a pattern, a host and a pin, parted by tabs, and asks that host, which is this machine, on the port in its
 * argument. Answers each with one line: `accepted`, `mismatch`, or why neither.
 */
public final class Patterns {
  public static void main(String[] args) throws IOException {
    var port = Integer.parseInt(args[0]);
    var here = List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    var client = new OkHttpClient.Builder().dns(name -> here).build();
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    var answers = new PrintStream(System.out, true, UTF_8);
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(verdict(client, line.split("\t", -1), port));
    }
    System.exit(0);
  }

  private static String verdict(OkHttpClient client, String[] words, int port) {
    try {
      var pinner = new CertificatePinner.Builder().add(words[0], words[2]).build();
      var url = new HttpUrl.Builder().scheme("https").host(words[1]).port(port).build();
      // A pool of its own: one that is shared would go on with the connection of another line.
      var own = client.newBuilder().certificatePinner(pinner).connectionPool(new ConnectionPool()).build();
      try (var answer = own.newCall(new Request.Builder().url(url).build()).execute()) {
        return answer.isSuccessful() ? "accepted" : "HTTP " + answer.code();
      }
    } catch (IllegalArgumentException error) {
      return "refused: " + firstLine(error);
    } catch (SSLPeerUnverifiedException error) {
      return error.getMessage().startsWith("Certificate pinning failure!") ? "mismatch" : "unverified: " + firstLine(error);
    } catch (IOException error) {
      return "broken: " + firstLine(error);
    }
  }

  private static String firstLine(Exception error) {
    return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
  }
}
