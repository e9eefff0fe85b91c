import { randomBytes } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import { attackersAuthorities } from '#certs/finds.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { measureClient } from '#client/app.ts'
import { createAttested } from '#client/attest.ts'
import { clientCalled, HOST_OF } from '#client/catalogue.ts'
import type { Client, Situation } from '#client/client.ts'
import { openVisit, visit } from '#client/run.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import { type Log, silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'
import type { World } from '#mitm/attack.ts'
import { type Attacker, createAttacker } from '#mitm/attacker.ts'
import { NASA_LIMITS, startNasa } from '#nasa/nasa.ts'
import { startProxy } from '#proxy/proxy.ts'
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
import { createGenuineHosts } from './genuine-hosts.ts'
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
  /** ms for a visit; VISIT_TIMEOUT when absent */
  readonly timeout?: number
}

interface Where {
  readonly port: number
  readonly world: World
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
  const material = await createMaterial({ now: options.now() })
  const { proxy, attest } = await honestParties(material, options, opened)
  const genuineHosts = createGenuineHosts({ material, proxy, now: options.now, log }, opened)

  const situationFor = (client: Entry<Client>, where: Partial<Situation> & Where): Situation => {
    const { port, world, name = HOST_OF[client.deployment], clear, ...rest } = where
    return {
      origin: `${clear ? 'http' : 'https'}://${name}:${port}`,
      deviceAuthorities: [
        // The newcomer first: where two have one name, OpenSSL takes the first, and which that is is not the device's to choose.
        ...(trustsAttacker(world) ? [attackersAuthorities(material)] : []),
        material.root.chain,
      ],
      shipped: material.shipped,
      lookup: toLoopback,
      timeout: options.timeout ?? VISIT_TIMEOUT,
      ...rest,
    }
  }

  const play = async ({ attack, client: { id, deployment }, road }: StageOrder): Promise<Played> => {
    const client = clientCalled(id, options.clients)
    const host = HOST_OF[deployment]
    await using address = await switchboard(proxy.port)
    const armed = await attacker.arm({
      attack: attack.id,
      road: attack.road ?? road,
      host,
      upstream: await genuineHosts.of(attack.genuine, deployment),
      loot: lootOf(material, attack.holds, deployment),
    })
    const clock = clockOf(armed)
    if ((attack.road ?? road) === 'takeover') address.leadTo(armed.port)
    const situation = situationFor(client, {
      port: address.port,
      world: attack.holds,
      ...(attack.spelling && { name: attack.spelling(host) }),
      ...(attack.clear && { clear: attack.clear }),
      ...(attack.hostHeader && { hostHeader: HOSTS.evil }),
      ...((attack.road ?? road) === 'proxy' ? { proxy: `http://127.0.0.1:${armed.port}` } : {}),
    })
    const visit = openVisit(client, situation, { attest })
    try {
      const told = attack.story
        ? await tell(attack.story, {
            ...{ visit, origin: situation.origin, shipped: situation.shipped, clock },
            turn: (stance) => attacker.turn(armed.play, stance),
          })
        : dated(await visit.look(), clock)
      await visit.close()
      return { ...told, evidence: await attacker.evidence(armed.play) }
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
    visitFromHome: (id) => {
      const client = clientCalled(id, options.clients)
      return visit(client, situationFor(client, { port: proxy.port, world: 'nothing' }), { attest })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

// A battery asks more often in a minute than NASA answers in an hour, and an error page is an answer like another.
const UNHURRIED = { ...NASA_LIMITS, hourly: 1_000_000 }

async function honestParties(material: Material, options: EmbeddedOptions, opened: AsyncDisposableStack) {
  const deps = { log: options.log ?? silentLog(), now: options.now }
  const loopback = { host: '127.0.0.1', port: 0 }
  const nasaKey = randomBytes(20).toString('hex')
  const measurement = await measureClient(material.shipped)
  const [nasa, attestation] = await Promise.all([
    startNasa({ ...loopback, tls: material.nasa, apiKeys: [nasaKey], limits: UNHURRIED }, deps),
    startAttestation(
      { ...loopback, tls: material.attestation, secret: new Secret(material.attestationSecret), tokenLife: 300_000 },
      { ...deps, registered: memoryRegistry([measurement]) },
    ),
  ])
  opened.use(nasa)
  opened.use(attestation)
  const proxy = opened.use(
    await startProxy(
      {
        ...loopback,
        identities: {
          selfSigned: { kind: 'given', ...material.proxySelfSigned },
          caSigned: { kind: 'given', ...material.proxyCaSigned },
        },
        upstream: { kind: 'standin', address: { host: nasa.host, port: nasa.port }, authorities: material.root.chain },
        nasaKey: new Secret(nasaKey),
        attestation: { secret: new Secret(material.attestationSecret), enforce: options.enforce ?? false },
      },
      deps,
    ),
  )
  const app = createAttested({
    address: attestation,
    authorities: [material.root.chain],
    measurement,
    now: options.now,
  })
  opened.defer(() => app.close())
  return { proxy, attest: app.token }
}

// Every name is this machine: the resolver of a network on which the switchboard stands for each address.
const toLoopback: LookupFunction = (_hostname, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}
