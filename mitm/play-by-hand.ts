import * as v from 'valibot'
import type { Loot } from '#certs/forger.ts'
import { ROADS } from '#kit/check.ts'
import { hostAndPort } from '#kit/env.ts'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import type { Attacker } from './attacker.ts'
import type { Evidence } from './evidence.ts'

export interface PlayFlags {
  readonly attack: string
  readonly host: string
  readonly upstream: string
  readonly road: string
  readonly stolenKey?: string
}

export interface ByHand {
  /** Who may go to those hosts: the one that the person has named. */
  readonly attackerReaching: (hosts: readonly string[]) => Promise<Attacker>
  readonly own: () => Promise<Loot>
  readonly say: (line: string) => void
  /** Settles when the person has seen enough. */
  readonly over: Promise<void>
}

/** One attack for a person with a client of their own: armed, explained, and asked when they are done. */
export async function playByHand(flags: PlayFlags, { attackerReaching, own, say, over }: ByHand): Promise<Evidence> {
  const { attack, host } = flags
  const road = option('--road', v.picklist(ROADS, `it is one of ${ROADS.join(', ')}`), flags.road)
  const upstream = option('--upstream', hostAndPort, flags.upstream)
  const stolen = flags.stolenKey && (await readTextFile(flags.stolenKey, 'the stolen key'))
  const loot = { ...(await own()), ...(stolen ? { stolenKeys: { [host]: stolen } } : {}) }
  await using attacker = await attackerReaching([upstream.host])
  const { play, port } = await attacker.arm({ attack, road, host, upstream, loot })
  say(`'${attack}' is armed. Send a client here, then press Ctrl-C:`)
  say(
    road === 'takeover'
      ? `  curl --connect-to ${host}::127.0.0.1:${port} https://${host}/`
      : `  curl --proxy http://127.0.0.1:${port} https://${host}/`,
  )
  await over
  return await attacker.evidence(play)
}

function option<T>(name: string, schema: v.GenericSchema<string, T>, value: string): T {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  throw new LabError('OPTION_INVALID', `${name} is '${value}': ${parsed.issues[0].message}`, {
    hint: 'npm run attacker -- play --help',
  })
}
