/** Never changes once published; docs/pinning.md says what each one means and what to do. */
export type PinErrorCode =
  | 'PIN_MISMATCH'
  | 'PIN_INVALID'
  | 'PATTERN_INVALID'
  | 'POLICY_INVALID'
  | 'CERTIFICATE_INVALID'
  | 'HOST_NOT_PINNED'
  | 'HOST_REFUSED'
  | 'NOT_HTTPS'
  | 'REDIRECT_REFUSED'
  | 'OPTION_REFUSED'
  | 'TLS_CHECKS_DISABLED'
  | 'PROXY_INVALID'
  | 'PROXY_REFUSED'
  | 'CONNECT_TIMEOUT'
  | 'CONNECTION_CLOSED'
  | 'UNREACHABLE'
  | 'NOT_TLS'
  | 'FILE_INVALID'

export interface PinErrorDetails {
  /** What to type or look at next. */
  readonly hint?: string
  /** One complaint a line. */
  readonly details?: readonly string[]
  readonly cause?: unknown
}

/** Every refusal of the library. `message` is the whole text for a person: code, sentence, details, hint. */
export class PinError extends Error {
  readonly code: PinErrorCode
  /** The first line without the code. */
  readonly sentence: string
  readonly details: readonly string[]
  readonly hint: string | undefined

  constructor(code: PinErrorCode, sentence: string, more: PinErrorDetails = {}) {
    const details = more.details ?? []
    const lines = [`${code}: ${sentence}`, ...details.map((line) => `  ${line}`)]
    if (more.hint) lines.push(`hint: ${more.hint}`)
    super(lines.join('\n'), more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'PinError'
    this.code = code
    this.sentence = sentence
    this.details = details
    this.hint = more.hint
  }
}

/** A certificate that the server showed. */
export interface Seen {
  /** `sha256/…` */
  readonly pin: string
  /** `CN=api.test, O=Example`, control characters escaped. */
  readonly subject: string
  readonly issuer: string
  readonly role: 'leaf' | 'intermediate' | 'root' | 'self-signed'
  /** SHA-256 over the whole certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string
}

/** What would have been accepted. */
export interface Pinned {
  /** A public key's `sha256/…`, or a certificate's fingerprint where certificates are pinned. */
  readonly value: string
  readonly label: string
}

export interface Mismatch {
  readonly host: string
  readonly seen: readonly Seen[]
  readonly pinned: readonly Pinned[]
}

/** The server is not one of those that were pinned. No byte of the request was sent. */
export class PinMismatchError extends PinError {
  readonly host: string
  readonly seen: readonly Seen[]
  readonly pinned: readonly Pinned[]

  constructor(mismatch: Mismatch, text: { sentence: string } & PinErrorDetails) {
    super('PIN_MISMATCH', text.sentence, text)
    this.name = 'PinMismatchError'
    this.host = mismatch.host
    this.seen = mismatch.seen
    this.pinned = mismatch.pinned
  }
}
