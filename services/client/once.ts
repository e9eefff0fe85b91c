import type { LookupFunction } from 'node:net'
import { LabError } from '#kit/error.ts'
import { createApps } from './apps.ts'
import { clientCalled, HOST_OF, loadClients } from './catalogue.ts'
import type { ClientReport, Situation } from './client.ts'
import type { ClientSettings } from './config.ts'
import { leadingTo } from './lookup.ts'
import { visit } from './run.ts'
import { readAuthorities, readShipped } from './shipped.ts'

/** What the command line says of a visit; settings and defaults say the rest. */
export interface VisitFlags {
  readonly client: string
  readonly url?: string
  readonly resolve?: string
  readonly ca?: string
  readonly pins?: string
  readonly cert?: string
  readonly proxy?: string
  readonly attestation: boolean
}

export interface Visited {
  readonly client: string
  readonly origin: string
  readonly report: ClientReport
}

/** One visit from the command line. The client is measured with the pins and the certificate that it was given here. */
export async function visitOnce(
  flags: VisitFlags,
  config: ClientSettings,
  deps: { readonly now: () => Date; readonly signal: AbortSignal },
): Promise<Visited> {
  const client = clientCalled(flags.client, await loadClients())
  const origin = originOf(flags.url ?? `https://${HOST_OF[client.deployment]}:${config.apiPort}`)
  const shipped = await readShipped({
    certificate: flags.cert ?? config.certificate,
    pins: flags.pins ?? config.pins,
  })
  const lookup = lookupFor(new URL(origin).hostname, flags.resolve)
  const situation: Situation = {
    origin,
    shipped,
    deviceAuthorities: await readAuthorities(flags.ca ?? config.deviceAuthorities),
    timeout: config.timeout,
    ...(lookup && { lookup }),
    ...(flags.proxy !== undefined && { proxy: proxyOf(flags.proxy) }),
  }
  const apps = createApps(config, deps.now)
  try {
    const attest = async () => (flags.attestation ? (await apps.running(shipped)).attested.token() : undefined)
    return { client: client.id, origin, report: await visit(client, situation, { attest, signal: deps.signal }) }
  } finally {
    await apps.close()
  }
}

/** @throws LabError URL_INVALID */
export function originOf(url: string): string {
  const hint = 'it looks like this: https://api.lab.test:8080'
  if (!URL.canParse(url)) throw new LabError('URL_INVALID', `'${url}' is not a URL`, { hint })
  const { origin, protocol, pathname, search, hash, username, password } = new URL(url)
  if (protocol !== 'https:') throw new LabError('URL_INVALID', `'${url}' is not https`, { hint })
  if (pathname !== '/' || search || hash || username || password) {
    throw new LabError('URL_INVALID', `'${url}' says more than a scheme, a name and a port`, { hint })
  }
  return origin
}

function proxyOf(url: string): string {
  const proxy = URL.canParse(url) ? new URL(url) : undefined
  if (proxy?.protocol === 'http:' && proxy.pathname === '/' && !proxy.search && !proxy.hash) return proxy.href
  // Not repeated here: there may be a password in it.
  throw new LabError('URL_INVALID', '--proxy is not the http URL of a proxy', {
    hint: 'it looks like this: http://127.0.0.1:3128, or http://user:password@127.0.0.1:3128',
  })
}

/** No resolver knows the lab's own names (RFC 6761 section 6.2), and outside Compose they are this machine. */
function lookupFor(host: string, address: string | undefined): LookupFunction | undefined {
  const leadsTo = address ?? (host.endsWith('.lab.test') ? '127.0.0.1' : undefined)
  return leadsTo === undefined ? undefined : leadingTo(leadsTo)
}
