import type { Values } from './placeholders.ts'
import { TRUST_STORE_PASSWORD } from './trust-store/authorities.ts'

/**
 * The variables by which ecosystems are told whom to trust, and through which proxy to go: set so that the device's world
 * is the program's without its doing anything.
 *
 * @param inherited what the person has set for their JVM is kept
 */
export async function surroundings(
  values: Values,
  inherited: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const [ca, store, proxy] = await Promise.all([values.ca(), values['ca:pkcs12'](), values.proxy()])
  const before = inherited.JAVA_TOOL_OPTIONS
  return {
    // OpenSSL, Go, Ruby, PHP, rustls-native-certs, Python's ssl
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    // Python's requests
    REQUESTS_CA_BUNDLE: ca,
    NODE_EXTRA_CA_CERTS: ca,
    GIT_SSL_CAINFO: ca,
    JAVA_TOOL_OPTIONS: [...(before ? [before] : []), ...javaOptions(store, proxy).map(quoted)].join(' '),
    // Node heeds the first only when told to.
    ...(proxy === '' ? {} : { HTTPS_PROXY: proxy, https_proxy: proxy, NODE_USE_ENV_PROXY: '1' }),
  }
}

/** Where two of them name one property, the JVM heeds the last. */
function javaOptions(store: string, proxy: string): string[] {
  const trust = [
    `-Djavax.net.ssl.trustStore=${store}`,
    `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
    '-Djavax.net.ssl.trustStoreType=PKCS12',
  ]
  if (proxy === '') return trust
  const { hostname, port } = new URL(proxy)
  return [...trust, `-Dhttps.proxyHost=${hostname}`, `-Dhttps.proxyPort=${port}`]
}

/** The JVM splits at white space that isn't quoted, and a temporary folder's path may hold some. */
function quoted(option: string): string {
  return /\s/.test(option) ? `"${option}"` : option
}
