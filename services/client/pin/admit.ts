import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'
import type { Target, Trust } from './trust.ts'

/**
 * Whether a request may go out at all, asked before there is a connection.
 * @throws PinError NOT_HTTPS, HOST_REFUSED, HOST_NOT_PINNED
 */
export function admitRequest(trust: Trust, url: URL, headers: object = {}): void {
  trust.admit(targetOf(url).host)
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !HOST_HEADER.test(name) || String(value) === url.host) continue
    throw new PinError('HOST_REFUSED', `the request to ${url.host} carries the Host header '${value}'`, {
      hint: 'leave the header out: it follows the URL',
    })
  }
}

/** @throws PinError NOT_HTTPS, HOST_REFUSED */
export function targetOf({ protocol, host, hostname, port }: URL): Target {
  if (protocol === 'https:') return { host: canonicalHost(hostname), port: Number(port || 443) }
  throw new PinError('NOT_HTTPS', `${protocol}//${host} has no certificate to pin`, { hint: 'use https://' })
}

/** HTTP/1.1's, and what HTTP/2 has in its place (RFC 9113 section 8.3.1). */
const HOST_HEADER = /^(host|:authority)$/i
