import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { PinError } from './errors.ts'

// What the URL parser would cut a host at, decode or forbid: none of it belongs to a name.
const FOREIGN = /[\s/\\?#@%<>^|[\]`{}*:]/

/** What is in that spelling already, as in every URL that has been parsed: its last label is no number, and none is punycode. */
const PLAIN = /^(?!.*xn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The one spelling of a host, as it is looked up among the pins, sent as SNI and verified: lower case, punycode, no
 * trailing dot, an IPv4 address in four decimal numbers (`0x7f.1` is 127.0.0.1), an IPv6 address without brackets.
 * @throws PinError HOST_REFUSED
 */
export function canonicalHost(text: string): string {
  if (text.length <= 253 && PLAIN.test(text)) return text
  const address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (isIP(address) === 6) return canonicalIPv6(text, address)
  if (text === '' || FOREIGN.test(text)) throw refused(text, 'it has a character that no host name has')
  const host = domainToASCII(text).replace(/\.$/, '')
  if (host === '' || FOREIGN.test(host)) throw refused(text, 'the URL standard knows no such host')
  if (host.length > 253) throw refused(text, 'it is longer than 253 characters')
  for (const label of host.split('.')) {
    if (label === '') throw refused(text, 'it has an empty label')
    if (label.length > 63) throw refused(text, 'a label is longer than 63 characters')
  }
  return host
}

function canonicalIPv6(text: string, address: string): string {
  // A zone (`fe80::1%eth0`) is a route on this machine, not a part of the peer's identity.
  if (address.includes('%')) throw refused(text, 'it has a zone')
  return domainToASCII(`[${address}]`).slice(1, -1)
}

function refused(text: string, why: string): PinError {
  return new PinError('HOST_REFUSED', `${JSON.stringify(text)} is not a host: ${why}`)
}
