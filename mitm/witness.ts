import type { ConnectionEvidence, Evidence, RecordedRequest } from './evidence.ts'
import { tokenIn } from './token.ts'

/** Written to while it happens; read once, when the play is over. */
export type SeenConnection = { -readonly [K in keyof ConnectionEvidence]: ConnectionEvidence[K] }

/** Takes down what happens in one play. */
export interface Witness {
  /** ms since the play was armed */
  at(): number
  /** A connection has arrived; it is `connect-only` until more is known. */
  connection(): SeenConnection
  /** A request that came in clear. */
  request(what: Omit<RecordedRequest, 'at'>): void
  /** What has come until now came before the attack, or in an earlier step of it. */
  mark(): void
  /** Bytes that have come since. */
  read(): number
  /** @param recorded requests that were read from inside TLS */
  evidence(recorded: readonly RecordedRequest[]): Evidence
}

/** Of one play, like the recorder. */
const MOST_REQUESTS = 1000

export function createWitness(now: () => Date): Witness {
  const start = now().getTime()
  const at = () => now().getTime() - start
  const connections: SeenConnection[] = []
  const clear: RecordedRequest[] = []
  const bytes = () => connections.reduce((sum, seen) => sum + seen.applicationBytes, 0)
  let earlier = 0
  return {
    at,
    connection: () => {
      const seen: SeenConnection = { at: at(), handshake: 'connect-only', applicationBytes: 0 }
      connections.push(seen)
      return seen
    },
    request: (what) => {
      if (clear.length < MOST_REQUESTS) clear.push({ at: at(), ...what })
    },
    mark: () => {
      earlier = bytes()
    },
    read: () => bytes() - earlier,
    evidence: (recorded) => {
      const requests = [...clear, ...recorded].sort((a, b) => a.at - b.at)
      const token = requests.map(tokenIn).find((found) => found !== undefined)?.token
      return structuredClone({
        connections,
        applicationBytes: bytes() - earlier,
        ...(earlier > 0 && { earlierBytes: earlier }),
        requests,
        ...(token === undefined ? {} : { token }),
      })
    },
  }
}
