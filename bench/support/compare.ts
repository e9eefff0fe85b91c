import * as v from 'valibot'
import { LabError } from '#kit/error.ts'
import { type Figure, shown } from './results.ts'

const Kept = v.object({
  version: v.literal(1),
  figures: v.array(v.object({ bench: v.string(), what: v.string(), value: v.number(), unit: v.string() })),
})

/** @throws LabError RESULTS_INVALID */
export function parseKept(text: string, file: string): Figure[] {
  try {
    return v.parse(Kept, JSON.parse(text)).figures
  } catch (error) {
    throw new LabError('RESULTS_INVALID', `${file} holds no figures of an earlier run`, {
      cause: error,
      hint: 'make one: npm run bench -- --out before.json',
    })
  }
}

/** A line for each figure that both have, and for those that only one has. */
export function compared(before: readonly Figure[], now: readonly Figure[]): string[] {
  const name = ({ bench, what }: Figure) => `${bench}: ${what}`
  const earlier = new Map(before.map((figure) => [name(figure), figure]))
  const lines = now.map((figure) => {
    const old = earlier.get(name(figure))
    earlier.delete(name(figure))
    if (!old) return `  ${name(figure).padEnd(62)} new: ${shown(figure)}`
    const times = old.value === 0 ? '' : `, ${(figure.value / old.value).toFixed(2)} times`
    return `  ${name(figure).padEnd(62)} ${shown(old)} → ${shown(figure)}${times}`
  })
  const benches = new Set(now.map(({ bench }) => bench))
  const gone = [...earlier.values()].filter(({ bench }) => benches.has(bench))
  return ['What has changed:', ...lines, ...gone.map((figure) => `  ${name(figure).padEnd(62)} gone: ${shown(figure)}`)]
}
