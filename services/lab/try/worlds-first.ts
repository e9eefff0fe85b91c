import { type BatteryOptions, battery } from '../battery.ts'
import { CONTROL, WORLDS_TO_TELL } from '../control.ts'
import { merge } from '../merge.ts'
import type { Run } from '../result.ts'
import type { Stage } from '../stage.ts'

/**
 * The control first, then the worlds that say what kind of client it is, and then the rest: but only against clients that
 * reach the API when nobody attacks, for of the others nothing would be proved.
 */
export async function worldsFirst(stage: Stage, options: BatteryOptions): Promise<Run> {
  const total = options.attacks.length * options.clients.length
  const runs: Run[] = []
  let { clients } = options
  let settled = 0
  for (const attacks of inTurn(options.attacks)) {
    if (runs.length > 0 && (clients.length === 0 || options.signal?.aborted)) break
    const before = settled
    const onResult: BatteryOptions['onResult'] = (done, _, result) => options.onResult?.(before + done, total, result)
    const run = await battery(stage, { ...options, attacks, clients, onResult })
    runs.push(run)
    // What is not played against those that did not arrive needs no time either.
    settled += attacks.length * options.clients.length
    clients = clients.filter((client) => arrived(runs, client))
  }
  return merge(runs)
}

type Attacks = BatteryOptions['attacks']

function inTurn(attacks: Attacks): Attacks[] {
  const turnOf = ({ id }: Attacks[number]) => (id === CONTROL ? 0 : WORLDS_TO_TELL.includes(id) ? 1 : 2)
  return [0, 1, 2].map((turn) => attacks.filter((attack) => turnOf(attack) === turn)).filter(({ length }) => length > 0)
}

function arrived(runs: readonly Run[], { id }: BatteryOptions['clients'][number]): boolean {
  return runs.some(({ results }) =>
    results.some(({ attack, client, verdict }) => attack === CONTROL && client === id && verdict === 'reached'),
  )
}
