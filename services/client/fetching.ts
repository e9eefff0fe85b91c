import type { fetch } from 'undici'
import type { OpenClient, Situation } from './client.ts'
import { addressAt } from './open.ts'

/** A fetch that owns its connections, and the end of them. */
export interface OwnedFetch {
  readonly fetch: typeof fetch
  /** Whether redirects within the origin are followed; none are when absent. */
  readonly follows?: true
  close(): Promise<void>
}

/** As many as fetch itself follows at most. */
const MOST_REDIRECTS = 20
const REDIRECTS = [301, 302, 303, 307, 308]

/** A client of one origin, as open.ts makes it of got. */
export function fetchAt({ origin, timeout }: Situation, { fetch, close, follows }: OwnedFetch): OpenClient {
  return {
    async get(path, headers) {
      // By hand: fetch would take the token to every port of a host that it may visit, and to every other such host.
      const how = { headers, signal: AbortSignal.timeout(timeout), redirect: 'manual' } as const
      let address = addressAt(origin, path)
      let answer = await fetch(address, how)
      for (let count = 0; follows && count < MOST_REDIRECTS && REDIRECTS.includes(answer.status); count += 1) {
        await answer.body?.cancel()
        address = addressAt(origin, new URL(answer.headers.get('location') ?? '', address).href)
        answer = await fetch(address, how)
      }
      return {
        status: answer.status,
        contentType: answer.headers.get('content-type') ?? '',
        body: Buffer.from(await answer.arrayBuffer()),
      }
    },
    close,
  }
}
