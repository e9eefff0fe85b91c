import type { Got } from 'got'
import { LabError } from '#kit/error.ts'
import type { OpenClient } from './client.ts'

/** A got that owns its connections, and the end of them. */
export interface OwnedGot {
  readonly got: Got
  /** Whether redirects within the origin are followed; none are when absent. */
  readonly follows?: true
  close(): Promise<void>
}

/** A client of one origin: anything that leads elsewhere is refused before a connection is opened. */
export function openAt(origin: string, { got, close, follows }: OwnedGot): OpenClient {
  return {
    async get(path, headers) {
      const answer = await got(addressAt(origin, path), {
        headers: { ...headers },
        responseType: 'buffer',
        throwHttpErrors: false,
        // The token must not follow a redirect to wherever the other side likes.
        followRedirect: follows ?? false,
        hooks: { beforeRedirect: [({ url }) => void addressAt(origin, String(url))] },
        retry: { limit: 0 },
      })
      return {
        status: answer.statusCode,
        contentType: answer.headers['content-type'] ?? '',
        body: Buffer.from(answer.body),
      }
    },
    close,
  }
}

/**
 * @param path below the origin, or absolute
 * @throws LabError CLIENT_HTTPS_ONLY, CLIENT_OFF_ORIGIN
 */
export function addressAt(origin: string, path: string): URL {
  const home = new URL(origin)
  const address = new URL(path, home)
  if (home.protocol !== 'https:' || address.protocol !== 'https:') {
    throw new LabError('CLIENT_HTTPS_ONLY', `${address.href} is not https: nothing is asked in the clear`)
  }
  if (address.origin !== home.origin) {
    throw new LabError('CLIENT_OFF_ORIGIN', `${address.href} leads away from ${home.origin}, and is not followed`)
  }
  return address
}
