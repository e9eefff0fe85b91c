import type { Values } from './placeholders.ts'

/**
 * The variables by which ecosystems are told whom to trust, and through which proxy to go: set so that the device's world
 * is the program's without its doing anything.
 */
export async function surroundings(values: Values): Promise<Record<string, string>> {
  const [ca, proxy] = [await values.ca(), await values.proxy()]
  return {
    // OpenSSL, Go, Ruby, PHP, rustls-native-certs, Python's ssl
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    // Python's requests
    REQUESTS_CA_BUNDLE: ca,
    NODE_EXTRA_CA_CERTS: ca,
    GIT_SSL_CAINFO: ca,
    ...(proxy === '' ? {} : { HTTPS_PROXY: proxy, https_proxy: proxy }),
  }
}
