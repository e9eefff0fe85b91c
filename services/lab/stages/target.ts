import { createAuthority } from '#certs/authority.ts'
import { lasting, makeCertificate } from '#certs/certificate.ts'
import { type Credentials, pinOfCertificate } from '#certs/credentials.ts'
import type { Loot } from '#certs/forger.ts'
import { clientCalled } from '#client/catalogue.ts'
import type { Client, Situation } from '#client/client.ts'
import { openVisit } from '#client/run.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import { codeOf, LabError } from '#kit/error.ts'
import { silentLog } from '#kit/log.ts'
import type { World } from '#mitm/attack.ts'
import { createAttacker, type PlayOrder } from '#mitm/attacker.ts'
import { clockOf, dated, type Played, type Stage, type StageOrder, trustsAttacker } from '../stage.ts'
import { tell } from '../storyline.ts'
import type { Target } from '../try/target-options.ts'
import { outOfReach } from '../try/target-reach.ts'

export interface TargetStageOptions {
  readonly target: Target
  /** PEM: the target's own certificate. */
  readonly leaf: string
  /** PEM: the intermediate authority that it sends along, where it has one. */
  readonly intermediate?: string
  readonly clients: Catalogue<Client>
  readonly now: () => Date
  /** ms for a visit */
  readonly timeout: number
  /** Whether the program is told `{url}` or `{host}`. */
  readonly told: boolean
}

/**
 * Nobody but the attacker is ours here: the genuine host is somebody's own API, and the only host that is contacted. The
 * authority that the device is made to trust lives as long as the stage, and its key is never written down.
 */
export async function targetStage(options: TargetStageOptions): Promise<Stage> {
  const { target, leaf, intermediate, clients, now, timeout, told } = options
  const { host, port, origin, path } = target
  const attacker = await createAttacker({ log: silentLog(), now, reaches: [host] })
  const trustedAuthority = await createAuthority({ name: 'Pinning Lab, For This Run', validity: lasting(now(), 30) })
  const namesake = intermediate && namesakeOf(intermediate, trustedAuthority.key, now())
  const shipped = { certificate: leaf, pins: [{ host, pins: [pinOfCertificate(leaf)] }] }

  const arm = async (order: Pick<PlayOrder, 'attack' | 'loot'>) => {
    const requests = target.forwards ? 'passed-on' : 'kept'
    try {
      return await attacker.arm({ ...order, road: 'proxy', host, upstream: { host, port }, requests })
    } catch (error) {
      throw codeOf(error) === 'UPSTREAM_SILENT' ? gone(target, error) : error
    }
  }
  const play = async ({ attack, client: { id }, onArmed }: StageOrder): Promise<Played> => {
    const client = clientCalled(id, clients)
    const armed = await arm({ attack: attack.id, loot: lootFor(attack.holds, { trustedAuthority, namesake }) })
    onArmed?.(async () => attacker.soFar?.(armed.play))
    const clock = clockOf(armed)
    const newcomers = [...(attack.holds === 'namesake-authority' && namesake ? [namesake] : []), trustedAuthority.chain]
    const situation: Situation = {
      origin: attack.spelling ? spelt(target, attack.spelling(host)) : origin,
      path,
      // The newcomers first: where two have one name, OpenSSL takes the first.
      deviceAuthorities: [...(trustsAttacker(attack) ? newcomers : []), ...target.authorities],
      ...{ shipped, certificate: leaf, timeout },
      proxy: `http://127.0.0.1:${armed.port}`,
    }
    const visit = openVisit(client, situation, { attest: async () => undefined })
    try {
      const turn = (stance: Parameters<typeof attacker.turn>[1]) => attacker.turn(armed.play, stance)
      const said = attack.story
        ? await tell(attack.story, { visit, origin: situation.origin, shipped, clock, turn })
        : dated(await visit.look(), clock)
      await visit.close()
      return { ...said, evidence: await attacker.evidence(armed.play) }
    } finally {
      await visit.close()
    }
  }
  return {
    name: 'target',
    shipped,
    cannot: (attack, control) => outOfReach(attack, control, { host, told, namesake: namesake !== undefined }),
    play,
    close: attacker.close,
    [Symbol.asyncDispose]: attacker.close,
  }
}

interface Held {
  readonly trustedAuthority: Credentials
  readonly namesake: string | undefined
}

/** Of a foreign host the attacker has what everybody has: its certificates, and the names in them. */
function lootFor(world: World, { trustedAuthority, namesake }: Held): Loot {
  if (world === 'trusted-authority') return { trustedAuthority }
  if (world !== 'namesake-authority' || namesake === undefined) return {}
  return { trustedAuthority, finds: { 'namesake-intermediate': namesake } }
}

/** An authority named like the genuine one, over the key of the attacker's. */
function namesakeOf(genuine: string, key: string, now: Date): string {
  const subject = { copiedFrom: genuine }
  return makeCertificate({
    role: 'root',
    subject,
    key,
    validity: lasting(now, 30),
    irregular: { alternativeNames: null },
  })
}

function spelt({ port }: Target, name: string): string {
  return `https://${name}:${port}`
}

function gone({ host, port }: Target, cause: unknown): LabError {
  return new LabError('TARGET_UNREACHABLE', `${host}:${port} no longer answers`, {
    ...{ kind: 'inconclusive', cause },
    hint: 'is it still up, or does it turn away who comes so often? --jobs 1',
  })
}
