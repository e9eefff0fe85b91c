import * as v from 'valibot'
import { FINDS, type Find } from '#certs/find-names.ts'
import type { Loot } from '#certs/forger.ts'
import type { Backstage } from '#kit/backstage.ts'
import { ROADS } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import type { Attacker } from './attacker.ts'
import { REPLAYS, STANCES } from './story.ts'

const address = v.object({
  host: v.pipe(v.string(), v.nonEmpty()),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
})

const credentials = v.object({ key: v.string(), chain: v.string() })

const find = v.exactOptional(v.string())

// Object.fromEntries cannot know that its names are the list's.
const finds = v.object(Object.fromEntries(FINDS.map((name) => [name, find])) as Record<Find, typeof find>)

const order = v.strictObject({
  attack: v.string(),
  road: v.picklist(ROADS),
  host: v.pipe(v.string(), v.nonEmpty()),
  upstream: address,
  loot: v.strictObject({
    trustedAuthority: v.exactOptional(credentials),
    otherHost: v.exactOptional(credentials),
    stolenKeys: v.exactOptional(v.record(v.string(), v.string())),
    finds: v.exactOptional(finds),
  }),
  requests: v.exactOptional(v.picklist(['passed-on', 'kept', 'unaltered'])),
  watched: v.exactOptional(v.literal(true)),
})

const again = v.strictObject({ play: v.string(), upstream: address, how: v.picklist(REPLAYS) })

const turn = v.strictObject({ play: v.string(), stance: v.picklist(STANCES) })

/**
 * The attacker's control port, for a lab in another container.
 * @param own what the attacker holds by itself; an order's loot is added to it, and wins
 */
export function attackerBackstage(attacker: Attacker, own: () => Promise<Loot>): Backstage {
  return {
    '/arm': async (input) => {
      const asked = parse(order, input, 'an order')
      return attacker.arm({ ...asked, loot: { ...(await own()), ...asked.loot } })
    },
    '/turn': async (input) => {
      const { play, stance } = parse(turn, input, 'a stance')
      await attacker.turn(play, stance)
      return {}
    },
    '/evidence': (input) => attacker.evidence(parse(v.object({ play: v.string() }), input, 'a question').play),
    '/replay': async (input) => {
      const { play, ...to } = parse(again, input, 'a replay')
      return (await attacker.replay(play, to)) ?? null
    },
  }
}

function parse<T>(schema: v.GenericSchema<unknown, T>, input: unknown, what: string): T {
  const parsed = v.safeParse(schema, input)
  if (parsed.success) return parsed.output
  throw new LabError('BACKSTAGE_INVALID', `the attacker was sent ${what} that it does not understand`, {
    details: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'input'}: ${issue.message}`),
    hint: 'do lab and attacker come from the same image?',
  })
}
