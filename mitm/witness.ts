import type { ConnectionEvidence, Evidence, RecordedRequest } from './evidence.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Written to while it happens; read once, when the play is over. */
export type SeenConnection = Mutable<ConnectionEvidence>
export type SeenRequest = Mutable<RecordedRequest>

/** Takes down what happens in one play. */
export interface Witness {
  /** A connection has arrived; it is `connect-only` until more is known. */
  connection(): SeenConnection
  /** A request has been read, or its beginning. */
  request(what: Omit<RecordedRequest, 'at'>): SeenRequest
  evidence(): Evidence
}

/** A play never keeps more requests than this; bytes are counted beyond it all the same. */
const MOST_REQUESTS = 1000

/** Headers in which an app carries what lets it in: the SDK's own, then the usual one. */
const TOKEN_HEADERS = ['approov-token', 'authorization']

export function createWitness(now: () => Date): Witness {
  const start = now().getTime()
  const at = () => now().getTime() - start
  const connections: SeenConnection[] = []
  const requests: SeenRequest[] = []
  return {
    connection: () => {
      const seen: SeenConnection = { at: at(), handshake: 'connect-only', applicationBytes: 0 }
      connections.push(seen)
      return seen
    },
    request: (what) => {
      const seen = { at: at(), ...what }
      if (requests.length < MOST_REQUESTS) requests.push(seen)
      return seen
    },
    evidence: () => {
      const token = requests.map(tokenOf).find((found) => found !== undefined)
      return structuredClone({
        connections,
        applicationBytes: connections.reduce((sum, seen) => sum + seen.applicationBytes, 0),
        requests,
        ...(token === undefined ? {} : { token }),
      })
    },
  }
}

function tokenOf({ headers }: RecordedRequest): string | undefined {
  for (const name of TOKEN_HEADERS) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value.replace(/^Bearer\s+/i, '')
  }
  return undefined
}
