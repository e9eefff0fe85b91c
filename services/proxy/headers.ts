import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Answer } from './exchange.ts'

// What a client may say to the upstream. A list of what passes, for what must not pass cannot be known in full:
// tokens, cookies (a client's cookie jar knows this proxy, not the host behind it), X-Api-Key, forwarding headers.
const PASSED_UP = [
  'accept',
  'accept-language',
  'cache-control',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'user-agent',
]

// RFC 9110 section 7.6.1, and the older ones that were never registered.
export const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

// They speak for a whole origin, and this origin is the proxy's, shared by all hosts behind it.
const ABOUT_ANOTHER_ORIGIN = [
  'alt-svc',
  'clear-site-data',
  'expect-ct',
  'link',
  'nel',
  'public-key-pins',
  'public-key-pins-report-only',
  'refresh',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
]

const NOT_PASSED_DOWN = new Set([...HOP_BY_HOP, ...ABOUT_ANOTHER_ORIGIN])

/** Codings that the proxy can undo, for it must read JSON; nothing else is asked for on a client's behalf. */
export const CODINGS = ['gzip', 'x-gzip', 'br', 'zstd'] as const

/** What goes up: the allowed few, without those that the client tied to its own connection. */
export function upwards(request: IncomingMessage, host: string): Record<string, string> {
  const tied = namedInConnection(request.headers)
  const passed: Record<string, string> = { host }
  for (const name of PASSED_UP) {
    const value = request.headers[name]
    if (typeof value === 'string' && !tied.has(name)) passed[name] = value
  }
  // Several ranges come back as one multipart body that could not be told from JSON's; a server may ignore ranges.
  if (passed.range?.includes(',')) delete passed.range
  if (passed.range === undefined) delete passed['if-range']
  const coding = tied.has('accept-encoding') ? undefined : readableCodings(request.headers['accept-encoding'])
  if (coding !== undefined) passed['accept-encoding'] = coding
  return passed
}

/** What comes down: everything but hop-by-hop headers, cookies and what would speak for the proxy's origin. */
export function downwards({ headers }: Pick<Answer, 'headers'>): OutgoingHttpHeaders {
  const tied = namedInConnection(headers)
  const passed: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_PASSED_DOWN.has(name) || tied.has(name)) continue
    passed[name] = value
  }
  return passed
}

const NOTHING: ReadonlySet<string> = new Set()

function namedInConnection({ connection }: IncomingHttpHeaders): ReadonlySet<string> {
  // What nearly everybody says names no header.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NOTHING
  const value = [connection].flat().join(',')
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}

function readableCodings(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const known = value.split(',').map((part) => part.trim())
  const kept = known.filter((part) => {
    const name = part.split(';', 1)[0]?.trim().toLowerCase() ?? ''
    return name === 'identity' || CODINGS.some((coding) => coding === name)
  })
  return kept.length > 0 ? kept.join(', ') : 'identity'
}
