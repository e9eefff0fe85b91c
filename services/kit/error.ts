/**
 * What the lab says when something is wrong: one line with the values, details if any, and what to type next.
 * `code` never changes once published; docs/errors.md lists every code.
 */
export class LabError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly details: readonly string[]
  readonly kind: ErrorKind

  constructor(code: string, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'LabError'
    this.code = code
    this.hint = more.hint
    this.details = more.details ?? []
    this.kind = more.kind ?? 'usage'
  }
}

/**
 * `usage` (exit 2): the command line, a setting or a file given by the user. `inconclusive` (exit 4): somebody else's host
 * cannot be tried. `failure` (exit 1): the lab itself.
 */
export type ErrorKind = 'usage' | 'inconclusive' | 'failure'

export interface ErrorDetails {
  /** What to type or look at next. */
  readonly hint?: string
  /** One complaint a line, printed indented under the message. */
  readonly details?: readonly string[]
  readonly cause?: unknown
  /** `usage` when absent */
  readonly kind?: ErrorKind
}

/** The text a person reads: never a stack trace for a LabError. */
export function explain(error: unknown): string {
  if (!(error instanceof LabError)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const lines = [`${error.code}: ${error.message}`, ...error.details.map((detail) => `  ${detail}`)]
  if (error.hint) lines.push(`  hint: ${error.hint}`)
  return lines.join('\n')
}

export const EXIT = { expected: 0, broken: 1, usage: 2, surprise: 3, inconclusive: 4, interrupted: 130 } as const

const EXIT_OF: Readonly<Record<ErrorKind, number>> = {
  usage: EXIT.usage,
  inconclusive: EXIT.inconclusive,
  failure: EXIT.broken,
}

export function exitCodeOf(error: unknown): number {
  return error instanceof LabError ? EXIT_OF[error.kind] : EXIT.broken
}

/** The `code` of any thrown thing (`ENOENT`, `PIN_MISMATCH`, …), or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
