import type { fetch } from 'undici'
import type { OpenClient, Situation } from './client.ts'
import { addressAt } from './open.ts'

/** A fetch that owns its connections, and the end of them. */
export interface OwnedFetch {
  readonly fetch: typeof fetch
  /** Whether redirects are followed, by a fetch that says itself how far; none are when absent. */
  readonly follows?: true
  close(): Promise<void>
}

/** A client of one origin, as open.ts makes it of got. */
export function fetchAt({ origin, timeout }: Situation, { fetch, close, follows }: OwnedFetch): OpenClient {
  return {
    async get(path, headers) {
      // The token must not follow a redirect to wherever the other side likes.
      const redirect = follows ? 'follow' : 'manual'
      const how = { headers, signal: AbortSignal.timeout(timeout), redirect } as const
      const answer = await fetch(addressAt(origin, path), how)
      return {
        status: answer.status,
        contentType: answer.headers.get('content-type') ?? '',
        body: Buffer.from(await answer.arrayBuffer()),
      }
    },
    close,
  }
}
