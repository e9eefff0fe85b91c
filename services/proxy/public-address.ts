import type { IncomingMessage } from 'node:http'
import { failure } from './failures.ts'
import { withoutKeys } from './inject-key.ts'

/**
 * The address that leads back to this proxy as this client reaches it, `https://host:port`: what it wrote in Host.
 * @param trustForwarded believe a reverse proxy's `Forwarded` or `X-Forwarded-Host`; anybody can write those
 * @throws LabError BAD_HOST_HEADER
 */
export function publicOrigin(request: IncomingMessage, trustForwarded: boolean): string {
  const hosts = request.headersDistinct.host ?? []
  const used = (trustForwarded ? forwardedHost(request) : undefined) ?? (hosts.length === 1 ? hosts[0] : undefined)
  const origin = used === undefined ? undefined : originOf(used)
  if (!origin) throw failure('BAD_HOST_HEADER', 'the Host header is missing, repeated, or not host:port')
  return origin
}

function originOf(host: string): string | undefined {
  if (host.length > 261 || !/^(\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9._-]*)(:\d{1,5})?$/i.test(host)) return undefined
  try {
    return new URL(`https://${host}`).origin
  } catch {
    return undefined
  }
}

// RFC 7239 section 4 for Forwarded; the first element is the one nearest to the client.
function forwardedHost(request: IncomingMessage): string | undefined {
  const standard = first(request.headers.forwarded)?.match(/(?:^|;)\s*host=(?:"([^"]*)"|([^;\s]+))/i)
  if (standard) return standard[1] ?? standard[2] ?? ''
  const host = first(request.headers['x-forwarded-host'])
  if (host === undefined) return undefined
  const port = first(request.headers['x-forwarded-port'])
  return port !== undefined && !/:\d+$/.test(host) ? `${host}:${port}` : host
}

function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value
  return text?.split(',', 1)[0]?.trim()
}

export interface Detour {
  /** `https://host:port` of this proxy. */
  readonly origin: string
  readonly allowedHosts: readonly string[]
}

/** The same thing's address through the proxy; undefined when the proxy does not lead there. */
export function throughProxy(address: string, detour: Detour, base?: string): string | undefined {
  let url: URL
  try {
    url = new URL(address, base)
  } catch {
    return undefined
  }
  const leadsThere = /^https?:$/.test(url.protocol) && url.port === '' && detour.allowedHosts.includes(url.hostname)
  if (!leadsThere) return undefined
  const query = withoutKeys(url.search.slice(1))
  return `${detour.origin}/${url.hostname}${url.pathname}${query ? `?${query}` : ''}${url.hash}`
}
