import { STATUS_CODES } from 'node:http'
import { codeOf, LabError } from '#kit/error.ts'

/** Every failure that a client can meet, with its HTTP status. docs/proxy.md says what to do about each. */
export const FAILURES = {
  BAD_REQUEST: 400,
  BAD_PATH: 400,
  BAD_HOST_HEADER: 400,
  ATTESTATION_FAILED: 401,
  UNKNOWN_HOST: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMED_OUT: 408,
  BODY_TOO_LARGE: 413,
  HEADERS_TOO_LARGE: 431,
  PROXY_FAILED: 500,
  UPSTREAM_REFUSED: 502,
  UPSTREAM_NOT_FOUND: 502,
  UPSTREAM_UNTRUSTED: 502,
  UPSTREAM_TLS_FAILED: 502,
  UPSTREAM_BROKE_OFF: 502,
  UPSTREAM_BAD_ANSWER: 502,
  UPSTREAM_TOO_LARGE: 502,
  UPSTREAM_REDIRECTED_AWAY: 502,
  UPSTREAM_CONNECT_TIMED_OUT: 504,
  UPSTREAM_FIRST_BYTE_TIMED_OUT: 504,
  UPSTREAM_IDLE_TIMED_OUT: 504,
} as const

export type FailureCode = keyof typeof FAILURES

export function failure(code: FailureCode, message: string, cause?: unknown): LabError {
  return new LabError(code, message, { kind: 'failure', ...(cause === undefined ? {} : { cause }) })
}

/** The body of every failure. */
export function failureBody(code: FailureCode, message: string, requestId: string): string {
  return `${JSON.stringify({ error: { code, message, requestId } })}\n`
}

/** PROXY_FAILED for everything that nobody foresaw. */
export function failureCodeOf(error: unknown): FailureCode {
  const code = error instanceof LabError ? codeOf(error) : undefined
  return code !== undefined && isFailureCode(code) ? code : 'PROXY_FAILED'
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(FAILURES, code)
}

/** A whole HTTP answer as text, for requests that are too broken to become one. */
export function rawFailure(code: FailureCode, message: string, requestId: string): string {
  const body = failureBody(code, message, requestId)
  const status = FAILURES[code]
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
