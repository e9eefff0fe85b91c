import { NASA_HOSTS } from '#kit/names.ts'
import { clientSecretIn, NASA_KEY, publishes } from './secrets.ts'
import type { Seen } from './upstream.ts'

const MAY_PASS = new Set([
  ...['host', 'connection', 'accept', 'accept-encoding', 'accept-language', 'cache-control', 'if-match', 'if-range'],
  ...['if-modified-since', 'if-none-match', 'if-unmodified-since', 'pragma', 'range', 'user-agent'],
])

/**
 * What is wrong with a request that the upstream got.
 * @param sent what the clients have sent of late
 */
export function complaintAboutSeen(seen: Seen, sent: readonly string[]): string | undefined {
  return complaintAboutPlace(seen) ?? complaintAboutHeaders(seen, sent) ?? complaintAboutOrigin(seen, sent)
}

function complaintAboutPlace({ method, url, headers, servername, hasBody }: Seen): string | undefined {
  const hosts: readonly string[] = Object.values(NASA_HOSTS)
  if (!hosts.includes(String(headers.host))) return `the upstream got the Host ${headers.host}`
  if (servername !== headers.host) return `the upstream got the SNI ${servername} for the Host ${headers.host}`
  if (method !== 'GET' && method !== 'HEAD') return `the upstream got the method ${method}`
  if (hasBody) return 'the upstream got a body'
  const [path = '', ...query] = url.split('?')
  if (!/^\/[!-~]*$/.test(path) || isAmbiguous(path)) return `the upstream got the path ${path}`
  const { searchParams: pairs } = new URL(`https://upstream/?${query.join('?').replaceAll(';', '&')}`)
  const keys = [...pairs].filter(([name]) => /^api_key(\[|\0|$)/i.test(name.trim()))
  const wanted = headers.host === NASA_HOSTS.api ? [NASA_KEY] : []
  if (keys.map(([, value]) => value).join() === wanted.join()) return undefined
  return `the upstream got the keys '${keys}' at ${headers.host}`
}

// Decoded as often as there is something to decode.
function isAmbiguous(path: string): boolean {
  for (let text = path, before = ''; text !== before; ) {
    if (/\/\/|\\|\/\.\.?(;|\/|$)|[#?]/.test(text) || [...text].some((one) => one < ' ' || one === '\x7f')) return true
    if (/%(2f|2e|5c|3f|23|00)/i.test(text)) return true
    before = text
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
  return false
}

function complaintAboutHeaders({ url, headers }: Seen, sent: readonly string[]): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!MAY_PASS.has(name)) return `the upstream got the header ${name}: ${value}`
  }
  const all = `${url} ${JSON.stringify(headers)}`
  const secret = clientSecretIn(all)
  if (secret === undefined || sent.some((bytes) => publishes(bytes, secret))) return undefined
  return `the upstream got the client's secret: ${all}`
}

function complaintAboutOrigin({ url, headers }: Seen, sent: readonly string[]): string | undefined {
  const target = targetOf(url, String(headers.host))
  if (sent.some((bytes) => indexOfTarget(bytes, target, 0) !== -1)) return undefined
  return `the upstream got a request that nobody has sent: ${url}`
}

/** How a client writes what the upstream got: `/host/path`. */
export function targetOf(url: string, host: string): string {
  return `/${host}${url.split('?', 1)[0]}`
}

/** Where a request's target stands in what was sent: a host may be in capital letters, and the slash after it left out. */
export function indexOfTarget(sent: string, target: string, from: number): number {
  const least = target.indexOf('/', 1) === target.length - 1 ? target.slice(0, -1) : target
  return sent.toLowerCase().indexOf(least.toLowerCase(), from)
}
