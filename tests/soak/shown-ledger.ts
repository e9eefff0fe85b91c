import { X509Certificate } from 'node:crypto'
import { leafOf } from '#certs/credentials.ts'

/** Which certificates each name has had, in their order, and which of them may still be shown to who connects. */
export interface Ledger {
  readonly names: readonly string[]
  issued(names: readonly string[], chain: string): void
  /** From now on nothing older than the newest may be shown. */
  insist(names: readonly string[]): void
  /** How old one may be: its number. */
  least(name: string): number
  isNewest(name: string, fingerprint: string): boolean
  complaint(name: string, fingerprint: string, least: number): string | undefined
}

/** @param first the chain that each name begins with */
export function createLedger(first: Readonly<Record<string, string>>): Ledger {
  const shown = new Map(Object.entries(first).map(([name, chain]) => [name, [fingerprintOf(chain)]]))
  const leasts = new Map<string, number>()
  const of = (name: string) => shown.get(name) ?? []
  return {
    names: Object.keys(first),
    issued(names, chain) {
      for (const name of names) of(name).push(fingerprintOf(chain))
    },
    insist(names) {
      for (const name of names) leasts.set(name, of(name).length - 1)
    },
    least: (name) => leasts.get(name) ?? 0,
    isNewest: (name, fingerprint) => of(name).at(-1) === fingerprint,
    complaint(name, fingerprint, least) {
      const nth = of(name).indexOf(fingerprint)
      if (nth < 0) return `${name || 'no name'}: shown a certificate of another name`
      return nth < least ? `${name || 'no name'}: shown a certificate that was past` : undefined
    },
  }
}

function fingerprintOf(chain: string): string {
  return new X509Certificate(leafOf(chain)).fingerprint256
}
