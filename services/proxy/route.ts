import { failure } from './failures.ts'
import { withoutKeys } from './inject-key.ts'

/** Where a request is meant to go: `https://<host><path>?<query>`. */
export interface Target {
  /** One of the allowed hosts, in lower case. */
  readonly host: string
  /** Starts with a slash; exactly as the client wrote it. */
  readonly path: string
  /** Without the question mark and without any key that the client sent; empty when there is none. */
  readonly query: string
}

/**
 * Reads `/<host>/<path>?<query>`, the request line's target as it came over the wire.
 * A path that two programs could read differently is refused rather than mended: the upstream must see what was checked here.
 * @throws LabError BAD_PATH, UNKNOWN_HOST
 */
export function targetOf(requestTarget: string, allowedHosts: readonly string[]): Target {
  const { path, query } = split(requestTarget)
  const wrong = pathComplaint(path) ?? queryComplaint(query)
  if (wrong) throw failure('BAD_PATH', `${wrong}: ask for /<host>/<path>, for example /${allowedHosts[0]}/`)
  const end = path.indexOf('/', 1)
  const host = path.slice(1, end === -1 ? undefined : end).toLowerCase()
  if (!allowedHosts.includes(host)) {
    throw failure('UNKNOWN_HOST', `this proxy leads to ${allowedHosts.join(' and ')} only: ask for /<host>/<path>`)
  }
  return { host, path: end === -1 ? '/' : path.slice(end), query: withoutKeys(query) }
}

function split(requestTarget: string): { path: string; query: string } {
  const mark = requestTarget.indexOf('?')
  return mark === -1
    ? { path: requestTarget, query: '' }
    : { path: requestTarget.slice(0, mark), query: requestTarget.slice(mark + 1) }
}

function pathComplaint(path: string): string | undefined {
  if (!path.startsWith('/')) return 'the address is not a path'
  if (!/^[!-~]+$/.test(path) || /[\\#]/.test(path)) return 'the path holds a character that must be percent-encoded'
  if (path.includes('//')) return 'the path has two slashes in a row'
  // With a parameter too: Java servers take `..;x` for `..`.
  if (/\/\.{1,2}(;[^/]*)?(\/|$)/.test(path)) return 'the path climbs with dots'
  return encodingComplaint(path)
}

// Decoded as often as anything behind us might do it: %252e is a dot to a server that decodes twice.
function encodingComplaint(path: string): string | undefined {
  let text = path
  for (let round = 0; round < 4; round++) {
    if (/%(2f|5c|2e)/i.test(text)) return 'the path holds an encoded slash or dot'
    // Whoever decodes first and parses then sees its end there.
    if (/%(3f|23)/i.test(text)) return 'the path holds an encoded question mark or hash'
    if (/%([01][0-9a-f]|7f)/i.test(text)) return 'the path holds an encoded control character'
    if (!text.includes('%')) return undefined
    try {
      text = decodeURIComponent(text)
    } catch {
      // Only the first round says that the client's encoding is wrong: later ones read a literal percent sign.
      return round === 0 ? 'the path is not valid percent-encoded UTF-8' : undefined
    }
  }
  return text.includes('%') ? 'the path is encoded too many times' : undefined
}

function queryComplaint(query: string): string | undefined {
  return /^[!-~]*$/.test(query) && !/[\\#]/.test(query)
    ? undefined
    : 'the query holds a character that must be percent-encoded'
}
