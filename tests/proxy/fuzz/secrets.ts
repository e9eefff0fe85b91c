import { SignJWT } from 'jose'

/** Only the proxy knows it, and only api.nasa.gov may hear it. */
export const NASA_KEY = 'FUZZ-NASA-KEY-5e1b7c90'
/** What each of the client's own secrets begins with, the signed token aside. */
export const OF_THE_CLIENT = 'FUZZ-CLIENT-'
export const CLIENT_TOKEN = `${OF_THE_CLIENT}TOKEN-81d2f3`
/** Fixed, so that the same seed gives the same bytes. */
export const ATTESTATION_SECRET = 'the-attestation-secret-of-the-fuzzer-0123456789'
/** One that the proxy takes. */
export const SIGNED_TOKEN = await new SignJWT({})
  .setProtectedHeader({ alg: 'HS256' })
  .setExpirationTime(new Date('2100-01-01'))
  .sign(new TextEncoder().encode(ATTESTATION_SECRET))

/** The client's secret that a text holds. */
export function clientSecretIn(text: string): string | undefined {
  return [OF_THE_CLIENT, SIGNED_TOKEN].find((secret) => text.includes(secret))
}

/** A changed request may name a secret where any text may stand: its client has published it itself. */
export function publishes(sent: string, secret: string): boolean {
  return sent
    .split(/[\r\n]/)
    .some((line) => line.includes(secret) && !/^(approov-token|cookie|authorization|proxy-authorization):/i.test(line))
}
