import type { FailureCode } from './failures.ts'

/** What was found out about the token that came with a request. */
export type Attestation =
  | 'ok'
  | 'missing'
  | 'malformed'
  | 'wrong-algorithm'
  | 'bad-signature'
  | 'no-expiry'
  | 'expired'
  | 'not-yet-valid'
  // Of a token that is good, where only bound ones count: services/proxy/binding.ts.
  | 'unbound'
  | 'no-proof'
  | 'bad-proof'
  | 'proof-used'

/** What the steps of one request tell each other; the request log reads it at the end. */
export interface ProxyState {
  readonly id: string
  attestation?: Attestation
  failure?: { readonly code: FailureCode; readonly error: unknown }
  /** Body bytes handed to the client's connection. */
  bytes?: number
}
