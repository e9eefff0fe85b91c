import { createForger, type Forger, type Loot } from '#certs/forger.ts'
import { createGenuineChains } from './genuine-chain.ts'
import type { Address } from './relay.ts'

/** ms; what is forged is dated when its forger is made */
const FRESH = 60 * 60 * 1000
const MOST_KEPT = 64

/** A forger for each loot: what it has forged is shared by all plays that bring the same. */
export function createForgers(now: () => Date): (loot: Loot, upstream: Address) => Forger {
  const chains = createGenuineChains(now)
  const made = new Map<string, Forger>()
  const shared = (loot: Loot, genuine: string): Forger => {
    const id = JSON.stringify([loot, genuine])
    const known = made.get(id)
    if (known && now().getTime() - known.now.getTime() < FRESH) return known
    const forger = createForger({ loot, genuineChain: async () => genuine, now: now() })
    const [oldest] = made.keys()
    if (made.size >= MOST_KEPT && oldest !== undefined) made.delete(oldest)
    made.set(id, forger)
    return forger
  }
  // A forger copies what it was once shown. The genuine host may have a new certificate by now, so it is asked anew,
  // and whatever copies its answer comes from a forger that was shown this one.
  return (loot, upstream) => ({
    ...shared(loot, ''),
    genuineChain: (host) => chains(host, upstream),
    lookalike: async (host) => shared(loot, await chains(host, upstream)).lookalike(host),
  })
}
