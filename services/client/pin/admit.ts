import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'
import type { Target, Trust } from './trust.ts'

/**
 * Whether a request may go out at all, asked before there is a connection.
 * @throws PinError NOT_HTTPS, HOST_REFUSED, HOST_NOT_PINNED
 */
export function admitRequest(trust: Trust, url: URL, headers: object = {}): void {
  trust.admit(targetOf(url).host)
  const named = Object.entries(headers).find(([name]) => HOST_HEADERS.includes(name.toLowerCase()))
  if (named?.[1] === undefined || String(named[1]) === url.host) return
  throw new PinError('HOST_REFUSED', `the request to ${url.host} carries the Host header '${named[1]}'`, {
    hint: 'leave the header out: it follows the URL',
  })
}

/** @throws PinError NOT_HTTPS, HOST_REFUSED */
export function targetOf({ protocol, host, hostname, port }: URL): Target {
  if (protocol === 'https:') return { host: canonicalHost(hostname), port: Number(port || 443) }
  throw new PinError('NOT_HTTPS', `${protocol}//${host} has no certificate to pin`, { hint: 'use https://' })
}

/** HTTP/1.1's, and what HTTP/2 has in its place (RFC 9113 section 8.3.1). */
const HOST_HEADERS = ['host', ':authority']
