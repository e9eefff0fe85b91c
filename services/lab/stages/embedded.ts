import type { LookupFunction } from 'node:net'
import { leafOf } from '#certs/credentials.ts'
import { attackersAuthorities } from '#certs/finds.ts'
import { createMaterial } from '#certs/material.ts'
import { repackage } from '#client/app.ts'
import { clientCalled, HOST_OF } from '#client/catalogue.ts'
import type { Client, Deployment, Shipped, Situation } from '#client/client.ts'
import { leafThrough } from '#client/gallery.ts'
import { visit } from '#client/run.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import { type Log, silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { type Attacker, createAttacker } from '#mitm/attacker.ts'
import { lootOf } from '../loot.ts'
import {
  clockOf,
  dated,
  type HomeStage,
  type Played,
  type StageOrder,
  trustsAttacker,
  VISIT_TIMEOUT,
} from '../stage.ts'
import { tell } from '../storyline.ts'
import { ending } from './ending.ts'
import { ownerOf } from './genuine.ts'
import { createGenuineHosts } from './genuine-hosts.ts'
import { honestParties } from './honest-parties.ts'
import { hostOf, OUTSIDE_HOSTS } from './hosts.ts'
import { createProcesses } from './processes.ts'
import { switchboard } from './switchboard.ts'

export interface EmbeddedOptions {
  readonly clients: Catalogue<Client>
  readonly now: () => Date
  /** One that somebody else has started, and will close; its own when absent. */
  readonly attacker?: Attacker
  /** The services' own words; silent when absent. */
  readonly log?: Log
  /** Turn away what cannot attest itself. */
  readonly enforce?: boolean
  /** Tokens are bound to a key of the app's installation, and count only with a proof by it. */
  readonly bound?: boolean
  /** ms for a visit; VISIT_TIMEOUT when absent */
  readonly timeout?: number
  /** Among the clients are programs that are not ours: the API answers to a name that leads here for everybody. */
  readonly forOutside?: boolean
}

interface Where {
  readonly port: number
  /** Whether the attacker's authority is installed on the device. */
  readonly trusting: boolean
  /** As it is spelt; the deployment's own when absent. */
  readonly name?: string
  readonly clear?: true
}

/** The whole cast in one process, on free loopback ports, with fresh certificates that are never written down. */
export async function embeddedStage(options: EmbeddedOptions): Promise<HomeStage> {
  await using opened = new AsyncDisposableStack()
  const log = options.log ?? silentLog()
  const deps = { log, now: options.now }
  const attacker = options.attacker ?? opened.use(await createAttacker(deps))
  const material = await createMaterial({
    now: options.now(),
    ...(options.forOutside && { apiNames: [OUTSIDE_HOSTS['ca-signed']] }),
  })
  const honest = { ...options, log, ...(options.forOutside && onlyDeployment(options.clients)) }
  const { proxy, enforcing, apps } = await honestParties(material, honest, opened)
  const owner = (deployment: Deployment) => ownerOf(material, deployment, options.now())
  const genuineHosts = createGenuineHosts({ owner, proxy, enforcing, log }, opened)

  const processes = createProcesses({ authority: attackersAuthorities(material) }, opened)
  // Started before its visit: what the app takes to measure itself is not the visit's time.
  const attestedAs = async (shipped: Shipped) => {
    const { token, prove } = (await apps.running(shipped)).attested
    return { attest: token, ...(prove && { prove }) }
  }

  const situationFor = (client: Entry<Client>, where: Partial<Situation> & Where): Situation => {
    const { port, trusting, name = HOST_OF[client.deployment], clear, ...rest } = where
    return {
      origin: `${clear ? 'http' : 'https'}://${name}:${port}`,
      deviceAuthorities: [
        // The newcomer first: where two have one name, OpenSSL takes the first, and which that is is not the device's to choose.
        ...(trusting ? [attackersAuthorities(material)] : []),
        material.root.chain,
      ],
      shipped: material.shipped,
      ...(client.outside && { certificate: leafOf(owner(client.deployment).current.chain) }),
      lookup: toLoopback,
      timeout: options.timeout ?? VISIT_TIMEOUT,
      ...rest,
    }
  }

  const play = async ({
    attack,
    client: { id, deployment },
    road,
    onArmed,
    gallery,
    unaltered,
    enforces,
  }: StageOrder): Promise<Played> => {
    const client = clientCalled(id, options.clients)
    const way = attack.road ?? road
    const host = hostOf(client, way)
    await using address = await switchboard(proxy.port, { bothLoopbacks: client.outside !== undefined })
    const armed = await attacker.arm({
      attack: attack.id,
      road: way,
      host,
      upstream: await genuineHosts.of(attack.genuine, deployment, enforces ? { enforces } : {}),
      loot: lootOf(material, attack.holds, deployment),
      ...(unaltered && { requests: 'unaltered' }),
      ...(gallery && { watched: true }),
    })
    onArmed?.(async () => attacker.soFar?.(armed.play))
    const clock = clockOf(armed)
    const apiThat = (enforcing: boolean) => genuineHosts.of(undefined, deployment, { enforces: enforcing })
    if (way === 'takeover') address.leadTo(armed.port)
    const situation = situationFor(client, {
      port: address.port,
      trusting: trustsAttacker(attack),
      shipped: repackage(material.shipped, armed.planted ?? {}),
      name: attack.spelling?.(host) ?? host,
      ...(attack.clear && { clear: attack.clear }),
      ...(attack.hostHeader && {
        hostHeader: attack.hostHeader === 'elsewhere' ? HOSTS.evil : `${host}:${address.port}`,
      }),
      ...(way === 'proxy' ? { proxy: `http://127.0.0.1:${armed.port}` } : {}),
    })
    const attested = await attestedAs(situation.shipped)
    const visit = (await processes.of(attack.environment))(client, situation, {
      ...attested,
      ...(gallery && { show: gallery.show }),
    })
    try {
      const told = attack.story
        ? await tell(attack.story, {
            ...{ visit, origin: situation.origin, shipped: situation.shipped, clock },
            turn: (stance) => attacker.turn(armed.play, stance),
          })
        : dated(await visit.look(), clock)
      // A story ends with what it tells: more looks would be judged with its last step.
      if (gallery && !attack.story) await leafThrough(visit, gallery.days, told.report)
      await visit.close()
      return {
        ...told,
        ...(await ending(attacker, armed, { ...(gallery && { gallery }), apiThat })),
      }
    } finally {
      await visit.close()
    }
  }

  const stack = opened.move()
  const close = () => stack.disposeAsync()
  return {
    name: 'embedded',
    shipped: material.shipped,
    play,
    visitFromHome: async (id) => {
      const client = clientCalled(id, options.clients)
      const situation = situationFor(client, { port: proxy.port, trusting: false })
      return visit(client, situation, await attestedAs(situation.shipped))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Java and OpenSSL's s_client name no server where the host has no dot, and localhost has none: what they get is no choice of theirs. */
function onlyDeployment(clients: Catalogue<Client>): { readonly only?: 'ca-signed' } {
  return [...clients.values()].every(({ deployment }) => deployment === 'ca-signed') ? { only: 'ca-signed' } : {}
}

// Every name is this machine: the resolver of a network on which the switchboard stands for each address.
const toLoopback: LookupFunction = (_hostname, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}
