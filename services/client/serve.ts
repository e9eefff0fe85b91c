import { createBackstage } from '#kit/backstage.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import type { Secret } from '#kit/secret.ts'
import { repackage } from './app.ts'
import { type Apps, createApps } from './apps.ts'
import { clientCalled, HOST_OF } from './catalogue.ts'
import type { Client, ClientReport, Environment, Shipped, Situation, VisitOrder } from './client.ts'
import type { ClientSettings } from './config.ts'
import { createWall, type Wall } from './gallery.ts'
import { parseOrder, parseStep, parseVisit, parseWhereabouts, type StepOrder, type Whereabouts } from './order.ts'
import { createProcesses, type Processes, variablesOf } from './processes.ts'
import type { Found, Opened } from './remote-visit.ts'
import type { Visit, VisitDeps } from './run.ts'
import { readAuthorities, readShipped } from './shipped.ts'
import { createVisits, type Visits } from './visits.ts'

export interface ServeDeps {
  readonly log: Log
  readonly now: () => Date
  readonly clients: Catalogue<Client>
  /** What the lab must show at the control port. */
  readonly token: Secret
  /** Ends the visits that are under way. */
  readonly signal?: AbortSignal
  /** ms without a step after which a visit is over; a minute when absent */
  readonly patience?: number
}

/**
 * The control port. `POST /visit` with a VisitOrder is one look, answered with a ClientReport. `POST /open` with such an
 * order, `/step` and `/leave` are a visit of several steps; `/pictures` gives what it has got since it was last asked. `POST
 * /situation` visits nobody: it tells what a program that is not ours finds on this device.
 */
export async function startClient(config: ClientSettings, deps: ServeDeps): Promise<Listening> {
  await using opened = new AsyncDisposableStack()
  const apps = createApps(config, deps.now)
  opened.defer(() => apps.close())
  const processes = createProcesses(
    (environment: Environment) => variablesOf(environment, async () => config.attackerAuthority),
    opened,
  )
  const visits = createVisits(deps.patience)
  opened.defer(() => visits.close())
  const { measurement } = await apps.running(await readShipped(config))
  deps.log.info({ measurement }, 'measured itself')
  const means = { ...deps, config, apps, processes, visits, walls: new WeakMap<Visit, Wall>() }
  const routes = {
    '/visit': (input: unknown) => look(parseOrder(input), means),
    '/open': (input: unknown) => open(parseOrder(input), means),
    '/situation': (input: unknown) => find(parseWhereabouts(input), means),
    '/step': (input: unknown) => step(parseStep(input), means),
    '/pictures': (input: unknown) =>
      visits.step(parseVisit(input).visit, async (visit) => means.walls.get(visit)?.take() ?? []),
    '/leave': async (input: unknown) => visits.leave(parseVisit(input).visit),
  } as const
  const listening = await listen(createBackstage(routes, deps.token), {
    what: "the client's control port",
    host: config.backstage.host,
    port: config.backstage.port,
    hint: 'set CLIENT_BACKSTAGE_PORT to another port',
  })
  const stack = opened.move()
  const close = async (graceMs?: number) => {
    await listening.close(graceMs)
    await stack.disposeAsync()
  }
  return { ...listening, close, [Symbol.asyncDispose]: () => close() }
}

interface Means extends ServeDeps {
  readonly config: ClientSettings
  readonly apps: Apps
  readonly processes: Processes<Environment>
  readonly visits: Visits
  /** Of visits whose pictures somebody wants to see. */
  readonly walls: WeakMap<Visit, Wall>
}

async function look(order: VisitOrder, means: Means): Promise<ClientReport> {
  const { client, situation, visit } = await ready(order, means)
  try {
    const report = await visit.look()
    const { outcome, ms } = report
    means.log.info(
      { client: client.id, origin: situation.origin, road: order.road, outcome, code: codeIn(report), ms },
      'visited',
    )
    return report
  } finally {
    await visit.close()
  }
}

async function open(order: VisitOrder, means: Means): Promise<Opened> {
  const wall = order.pictures === 'kept' ? createWall() : undefined
  const { client, situation, visit } = await ready(order, means, wall?.show)
  const { origin, shipped } = situation
  const name = means.visits.enter(client.id, visit)
  if (wall) means.walls.set(visit, wall)
  means.log.info({ visit: name, origin, road: order.road }, 'opened')
  return { visit: name, origin, shipped: { pins: shipped.pins }, leafs: visit.lookAt !== undefined }
}

async function find(place: Whereabouts, { config, apps }: Means): Promise<Found> {
  const shipped = repackage(await readShipped(config), place.repackaged ?? {})
  const { attested } = await apps.running(shipped)
  const [situation, token] = await Promise.all([situationFor(place, config, shipped), attested.token()])
  return { situation, token }
}

async function step(order: StepOrder, { visits, log }: Means): Promise<ClientReport | undefined> {
  const report = await visits.step(order.visit, (visit) => {
    if (order.act === 'look') return visit.look()
    if (order.act === 'look-at') return lookAt(visit, order.day)
    return order.act === 'glance' ? visit.glance(order.address) : visit.renewPins(order.pins)
  })
  log.info(
    { visit: order.visit, act: order.act, ...(report && { outcome: report.outcome, code: codeIn(report) }) },
    'took a step',
  )
  return report
}

function lookAt({ lookAt }: Visit, day: string): Promise<ClientReport> {
  if (lookAt) return lookAt(day)
  throw new LabError('ORDER_INVALID', 'this visit cannot be asked for another day', { hint: 'POST /open says `leafs`' })
}

function codeIn(report: ClientReport): number | string {
  return report.outcome === 'accepted' ? (report.status ?? 'accepted') : report.code
}

interface Ready {
  readonly client: Entry<Client>
  readonly situation: Situation
  readonly visit: Visit
}

async function ready(order: VisitOrder, means: Means, show?: VisitDeps['show']): Promise<Ready> {
  const { config, clients, apps, processes, signal } = means
  const client = clientCalled(order.client, clients)
  // Read for each visit, so that a client that was shipped anew is the one that goes.
  const shipped = repackage(await readShipped(config), order.repackaged ?? {})
  const situation = await situationFor({ name: HOST_OF[client.deployment], ...order }, config, shipped)
  const { attested } = await apps.running(shipped)
  const openVisit = await processes.of(order.environment)
  const visit = openVisit(client, situation, {
    attest: attested.token,
    ...(attested.prove && { prove: attested.prove }),
    ...(signal && { signal }),
    ...(show && { show }),
  })
  return { client, situation, visit }
}

async function situationFor(place: Whereabouts, config: ClientSettings, shipped: Shipped): Promise<Situation> {
  const [device, attacker] = await Promise.all([
    readAuthorities(config.deviceAuthorities),
    place.trustsAttacker ? readAuthorities(config.attackerAuthority) : [],
  ])
  const { road, port, name, clear, hostHeader, timeout } = place
  const usual = `${name}:${road === 'takeover' ? port : config.apiPort}`
  return {
    origin: `${clear ? 'http' : 'https'}://${usual}`,
    // The attacker's first: where two have one name, OpenSSL takes the first.
    deviceAuthorities: [...attacker, ...device],
    shipped,
    timeout,
    ...(hostHeader && { hostHeader: hostHeader === 'elsewhere' ? HOSTS.evil : usual }),
    ...(road === 'proxy' && { proxy: `http://${config.proxyHost}:${port}` }),
  }
}
