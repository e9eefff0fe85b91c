import { createBackstage } from '#kit/backstage.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import type { Secret } from '#kit/secret.ts'
import { repackage } from './app.ts'
import { type Apps, createApps } from './apps.ts'
import { clientCalled, HOST_OF } from './catalogue.ts'
import type { Client, ClientReport, Shipped, Situation, VisitOrder } from './client.ts'
import type { ClientSettings } from './config.ts'
import { parseOrder } from './order.ts'
import { visit } from './run.ts'
import { readAuthorities, readShipped } from './shipped.ts'

export interface ServeDeps {
  readonly log: Log
  readonly now: () => Date
  readonly clients: Catalogue<Client>
  /** What the lab must show at the control port. */
  readonly token: Secret
  /** Ends the visits that are under way. */
  readonly signal?: AbortSignal
}

/** The control port: `POST /visit` with a VisitOrder is answered with a ClientReport. */
export async function startClient(config: ClientSettings, deps: ServeDeps): Promise<Listening> {
  const apps = createApps(config, deps.now)
  const { measurement } = await apps.running(await readShipped(config))
  deps.log.info({ measurement }, 'measured itself')
  const routes = { '/visit': (input: unknown) => obey(parseOrder(input), config, { ...deps, apps }) } as const
  const listening = await listen(createBackstage(routes, deps.token), {
    what: "the client's control port",
    host: config.backstage.host,
    port: config.backstage.port,
    hint: 'set CLIENT_BACKSTAGE_PORT to another port',
  })
  const close = async (graceMs?: number) => {
    await listening.close(graceMs)
    await apps.close()
  }
  return { ...listening, close, [Symbol.asyncDispose]: () => close() }
}

async function obey(
  order: VisitOrder,
  config: ClientSettings,
  deps: ServeDeps & { readonly apps: Apps },
): Promise<ClientReport> {
  const client = clientCalled(order.client, deps.clients)
  // Read for each visit, so that a client that was shipped anew is the one that goes.
  const shipped = repackage(await readShipped(config), order.repackaged ?? {})
  const situation = await situationFor(order, config, { client, shipped })
  const { attested } = await deps.apps.running(shipped)
  const report = await visit(client, situation, {
    attest: attested.token,
    ...(deps.signal && { signal: deps.signal }),
  })
  const { outcome, ms } = report
  const code = report.outcome === 'accepted' ? report.status : report.code
  deps.log.info({ client: client.id, origin: situation.origin, road: order.road, outcome, code, ms }, 'visited')
  return report
}

async function situationFor(
  order: VisitOrder,
  config: ClientSettings,
  app: { readonly client: Client; readonly shipped: Shipped },
): Promise<Situation> {
  const [device, attacker] = await Promise.all([
    readAuthorities(config.deviceAuthorities),
    order.trustsAttacker ? readAuthorities(config.attackerAuthority) : [],
  ])
  const host = order.name ?? HOST_OF[app.client.deployment]
  const { timeout } = order
  // The attacker's first: where two have one name, OpenSSL takes the first.
  const common = { deviceAuthorities: [...attacker, ...device], shipped: app.shipped, timeout }
  return order.road === 'takeover'
    ? { ...common, origin: `https://${host}:${order.port}` }
    : { ...common, origin: `https://${host}:${config.apiPort}`, proxy: `http://${config.proxyHost}:${order.port}` }
}
