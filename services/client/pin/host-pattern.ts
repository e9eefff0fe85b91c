import { isIP } from 'node:net'
import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'

/** Which hosts a pin is for, as in OkHttp: one name, `*.` exactly one label more, `**.` any number of labels, or none, more. */
export interface HostPattern {
  /** Canonical. */
  readonly text: string
  readonly kind: 'exact' | 'one-label' | 'any-depth'
  /** Without the asterisks and the dot after them. */
  readonly name: string
}

/** @throws PinError PATTERN_INVALID */
export function parsePattern(text: string): HostPattern {
  const [, stars = '', rest = ''] = /^(\*{1,2}\.)?(.*)$/s.exec(text) ?? []
  if (rest.includes('*')) throw invalid(text, "'*.' or '**.' may only stand at its start")
  let name: string
  try {
    name = canonicalHost(rest)
  } catch (error) {
    throw invalid(text, error instanceof PinError ? error.sentence : String(error))
  }
  if (stars && isIP(name)) throw invalid(text, 'an IP address has no subdomains')
  const kind = stars === '' ? 'exact' : stars === '*.' ? 'one-label' : 'any-depth'
  return { text: `${stars}${name}`, kind, name }
}

/** @param host canonical, see canonicalHost */
export function matchesHost({ kind, name }: HostPattern, host: string): boolean {
  if (kind === 'exact' || isIP(host)) return host === name
  if (kind === 'any-depth' && host === name) return true
  // The dot belongs to the comparison: evilexample.com is no subdomain of example.com.
  if (!host.endsWith(`.${name}`)) return false
  return kind === 'any-depth' || !host.slice(0, -name.length - 1).includes('.')
}

function invalid(text: string, why: string): PinError {
  return new PinError('PATTERN_INVALID', `'${text}' is not a host pattern: ${why}`, {
    hint: "write 'api.test', '*.api.test' (one label more) or '**.api.test' (any number, the name itself included)",
  })
}
