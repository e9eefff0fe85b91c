export interface Limits {
  /** Until TLS with the upstream stands, ms. */
  readonly connectMs: number
  /** From the question to the head of the answer, ms. */
  readonly firstByteMs: number
  /** How long an upstream may be silent within an answer, ms. */
  readonly idleMs: number
  /** How long a client's connection may neither send nor take anything, ms. */
  readonly clientIdleMs: number
  /** Until TLS with a client stands, ms. */
  readonly handshakeMs: number
  /** How long the head of a request may take to arrive, ms; not longer than the whole. */
  readonly headersMs: number
  /** How long a request may take to arrive, body and all, ms. */
  readonly requestMs: number
  /** Connections of clients; what comes beyond is closed at once. */
  readonly connections: number
  /** A client's body, which is dropped. */
  readonly bodyBytes: number
  /** An upstream's JSON, which is read whole. */
  readonly jsonBytes: number
}

export const DEFAULT_LIMITS: Limits = {
  connectMs: 5_000,
  firstByteMs: 20_000,
  idleMs: 20_000,
  clientIdleMs: 60_000,
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  connections: 10_000,
  bodyBytes: 65_536,
  jsonBytes: 8_388_608,
}
