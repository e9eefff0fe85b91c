import okhttp3.OkHttp;

/** Prints which OkHttp it is, and on which Java. */
public final class Version {
  public static void main(String[] args) {
    System.out.println("OkHttp " + OkHttp.VERSION + ", Java " + System.getProperty("java.version"));
  }
}
