import { once } from 'node:events'
import { connect } from 'node:net'
import { leafOf } from '#certs/credentials.ts'
import type { Loot } from '#certs/forger.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { Deployment, VisitOrder } from '#client/client.ts'
import { leafThrough } from '#client/gallery.ts'
import { type Found, openRemoteVisit, type RemoteVisit, remoteLook, remoteSituation } from '#client/remote-visit.ts'
import type { Visit } from '#client/run.ts'
import type { BackstageDoor } from '#kit/backstage.ts'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { silentLog } from '#kit/log.ts'
import { parsePins } from '#kit/pins-file.ts'
import { Secret } from '#kit/secret.ts'
import { remoteAttacker } from '#mitm/remote-attacker.ts'
import type { Stance, Step } from '#mitm/story.ts'
import type { LabConfig } from '../config.ts'
import {
  clockOf,
  dated,
  type Gallery,
  type Played,
  type Stage,
  type StageOrder,
  trustsAttacker,
  VISIT_TIMEOUT,
} from '../stage.ts'
import { type Parties, tell } from '../storyline.ts'
import { ending } from './ending.ts'
import { createGenuineHosts } from './genuine-hosts.ts'
import { remoteOwner } from './remote-owner.ts'

const HINT = 'has the certs container made it? docker compose logs certs'

/** Somebody else's program in the client's place: what it is told it finds there, and it is led by a visit like any other. */
export interface Guest {
  /** ms for each of its steps */
  readonly timeout: number
  readonly open: (found: Found) => Visit
}

/**
 * Every party in a container of its own, worked through the control ports of client, attacker and certs.
 * @param guestOf who visits in a play, where it is none of the client's container
 */
export async function composeStage(
  config: LabConfig,
  now: () => Date,
  guestOf: (order: StageOrder) => Guest | undefined = () => undefined,
): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const { attacker: attackerAt, client: clientAt, certs: certsAt, proxy, enforcingProxy, pinsFile } = config
  const [attackerDoor, clientDoor, certsDoor] = await Promise.all([door(attackerAt), door(clientAt), door(certsAt)])
  const attacker = opened.use(remoteAttacker(attackerDoor))
  const pins = parsePins(await readTextFile(pinsFile, 'the pins that the client ships with', HINT), pinsFile)
  const owner = (deployment: Deployment) => remoteOwner(certsDoor, deployment, now())
  const genuineHosts = createGenuineHosts(
    {
      owner,
      ...{ proxy, enforcing: async () => enforcingProxy },
      listenHost: () => ownAddressTowards(proxy),
      log: silentLog(),
    },
    opened,
  )

  const open = async (
    { client, ...order }: VisitOrder,
    deployment: Deployment,
    { guest, gallery }: { readonly guest?: Guest | undefined; readonly gallery?: Gallery | undefined },
  ): Promise<RemoteVisit> => {
    if (!guest) return openRemoteVisit(clientDoor, { client, ...order }, gallery?.show)
    const place = { ...order, name: order.name ?? HOST_OF[deployment] }
    const [{ situation, token }, { current }] = await Promise.all([
      remoteSituation(clientDoor, place),
      owner(deployment),
    ])
    const found = { token, situation: { ...situation, certificate: leafOf(current.chain) } }
    return { visit: guest.open(found), origin: situation.origin, shipped: situation.shipped }
  }

  const play = async (stageOrder: StageOrder): Promise<Played> => {
    const { attack, client, road: usual, gallery, unaltered, enforces } = stageOrder
    const guest = guestOf(stageOrder)
    const host = HOST_OF[client.deployment]
    const road = attack.road ?? usual
    const loot = attack.holds === 'stolen-key' ? await steal(config, client.deployment, host) : {}
    const upstream = await genuineHosts.of(attack.genuine, client.deployment, enforces ? { enforces } : {})
    const armed = await attacker.arm({
      ...{ attack: attack.id, road, host, upstream, loot },
      ...(unaltered && { requests: 'unaltered' }),
      ...(gallery && { watched: true }),
    })
    const clock = clockOf(armed)
    const apiThat = (enforcing: boolean) => genuineHosts.of(undefined, client.deployment, { enforces: enforcing })
    const order: VisitOrder = {
      client: client.id,
      port: armed.port,
      road,
      trustsAttacker: trustsAttacker(attack),
      timeout: guest?.timeout ?? VISIT_TIMEOUT,
      ...(attack.spelling && { name: attack.spelling(host) }),
      ...(attack.clear && { clear: attack.clear }),
      ...(attack.hostHeader && { hostHeader: attack.hostHeader }),
      ...(attack.environment && { environment: attack.environment }),
      ...(armed.planted && { repackaged: armed.planted }),
    }
    const turn = (stance: Stance) => attacker.turn(armed.play, stance)
    const told =
      guest || attack.story || gallery
        ? await lead(attack.story, await open(order, client.deployment, { guest, gallery }), { clock, turn, gallery })
        : dated(await remoteLook(clientDoor, order), clock)
    return {
      ...told,
      ...(await ending(attacker, armed, { ...(gallery && { gallery }), apiThat })),
    }
  }

  const stack = opened.move()
  const close = () => stack.disposeAsync()
  return { name: 'compose', shipped: { pins }, play, close, [Symbol.asyncDispose]: close }
}

/** One look, or a story, by somebody in another container. */
async function lead(
  story: readonly Step[] | undefined,
  { visit, ...met }: RemoteVisit,
  { gallery, ...rest }: Pick<Parties, 'clock' | 'turn'> & { readonly gallery: Gallery | undefined },
): Promise<Pick<Played, 'report' | 'began' | 'steps'>> {
  try {
    if (story) return await tell(story, { visit, ...met, ...rest })
    const told = dated(await visit.look(), rest.clock)
    await leafThrough(visit, gallery?.days ?? [], told.report)
    return told
  } finally {
    await visit.close()
  }
}

/** On the network that the proxy is on, and so the attacker: that is where it looks for a genuine host. */
async function ownAddressTowards(proxy: LabConfig['proxy']): Promise<string> {
  const socket = connect(proxy)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5_000) })
    // A connected socket has one.
    return socket.localAddress ?? '127.0.0.1'
  } catch (error) {
    throw new LabError('UPSTREAM_SILENT', `the genuine host does not answer at ${proxy.host}:${proxy.port}`, {
      kind: 'failure',
      cause: error,
      hint: 'is the whole lab up? docker compose ps',
    })
  } finally {
    socket.on('error', () => {}).destroy()
  }
}

async function door({ host, port, tokenFile }: LabConfig['client']): Promise<BackstageDoor> {
  const token = await readTextFile(tokenFile, 'the token of a control port', HINT)
  return { url: `http://${host}:${port}`, token: new Secret(token.trim()) }
}

async function steal(config: LabConfig, deployment: keyof LabConfig['stealable'], host: string): Promise<Loot> {
  const key = await readTextFile(config.stealable[deployment], 'the key to be stolen', HINT)
  return { stolenKeys: { [host]: key } }
}
