import { type BatteryOptions, battery } from '../battery.ts'
import { CONTROL, WORLDS_TO_TELL } from '../control.ts'
import { merge } from '../merge.ts'
import type { Run } from '../result.ts'
import type { Stage } from '../stage.ts'

/**
 * The worlds that say what kind of client it is, and then the rest: but only for clients that reach the API when nobody
 * attacks, for of the others nothing would be proved.
 */
export async function worldsFirst(stage: Stage, options: BatteryOptions): Promise<Run> {
  const isFirst = ({ id }: { readonly id: string }) => WORLDS_TO_TELL.includes(id)
  const total = options.attacks.length * options.clients.length
  const counted = (before: number) => (done: number) => options.onResult?.(before + done, total)
  const first = await battery(stage, { ...options, attacks: options.attacks.filter(isFirst), onResult: counted(0) })
  const attacks = options.attacks.filter((attack) => !isFirst(attack))
  const clients = options.clients.filter(({ id }) =>
    first.results.some(({ attack, client, verdict }) => attack === CONTROL && client === id && verdict === 'reached'),
  )
  if (clients.length === 0 || attacks.length === 0 || options.signal?.aborted) return first
  // Nothing else is played against those that did not arrive.
  const passedOver = attacks.length * (options.clients.length - clients.length)
  const onResult = counted(first.results.length + passedOver)
  return merge([first, await battery(stage, { ...options, attacks, clients, onResult })])
}
