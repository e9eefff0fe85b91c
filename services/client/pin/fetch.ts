import {
  Agent,
  type buildConnector,
  Headers,
  Request,
  type RequestInfo,
  type RequestInit,
  fetch as undiciFetch,
} from 'undici'
import { admitRequest, targetOf } from './admit.ts'
import type { PinnedAgentOptions } from './agent.ts'
import { type Connections, createConnections } from './connections.ts'
import { PinError } from './errors.ts'
import { keyTrust } from './key-trust.ts'

export interface PinnedFetchOptions extends PinnedAgentOptions {
  /** How many there may be to one host at once; as many as there are requests when absent. */
  readonly connections?: number
}

export interface PinnedFetch {
  /** fetch over connections of its own. A dispatcher that would go round the pins is refused. */
  readonly fetch: typeof undiciFetch
  /** Ends its connections, and it with them. */
  close(): Promise<void>
}

/**
 * undici's fetch for hosts whose keys are pinned. A refusal is the PinError itself; everything else is as fetch gives it,
 * a TypeError with the reason as its `cause`. Redirects are followed if `redirect` says so, to pinned hosts only.
 * @param options `timeout`: ms for a connection; a request as a whole has its `signal`
 * @throws PinError POLICY_INVALID, CERTIFICATE_INVALID, PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED
 */
export function pinnedFetch(options: PinnedFetchOptions): PinnedFetch {
  const connections = createConnections(keyTrust(options), options)
  const dispatcher = new Agent({
    ...{ connect: connectorOver(connections), allowH2: false },
    ...(options.connections !== undefined && { connections: options.connections }),
  })
  return {
    async fetch(input, init = {}) {
      assertNoWayRound(init)
      // Here and not at the connection only: `data:` has none, and an open one is asked nothing.
      admitRequest(connections.trust, urlOf(input), headersOf(input, init))
      try {
        return await undiciFetch(input, { ...init, dispatcher })
      } catch (error) {
        throw error instanceof TypeError && error.cause instanceof PinError ? error.cause : error
      }
    },
    async close() {
      await Promise.all([connections.close(), dispatcher.destroy()])
    },
  }
}

/**
 * undici asks for every connection here, those of redirects too. It keeps a pool for each origin, so that a connection
 * carries requests to the one host that it was checked for.
 */
function connectorOver(connections: Connections): buildConnector.connector {
  const connect = async ({ protocol, hostname, port, ...rest }: buildConnector.Options) => {
    const { host = `${hostname}:${port}` } = rest
    return await connections.connect(targetOf(new URL(`${protocol}//${host}`)))
  }
  return (wanted, callback) => {
    connect(wanted).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    )
  }
}

function assertNoWayRound({ dispatcher }: RequestInit): void {
  if (dispatcher === undefined) return
  throw new PinError('OPTION_REFUSED', 'a pinned request takes no dispatcher', {
    hint: 'give ca, lookup, proxy and timeout to pinnedFetch; use plain fetch for other needs',
  })
}

function urlOf(input: RequestInfo): URL {
  return new URL(input instanceof Request ? input.url : input)
}

/** As fetch takes them: those of the options stand for those of a Request. */
function headersOf(input: RequestInfo, { headers }: RequestInit): object {
  const sent = headers === undefined && input instanceof Request ? input.headers : new Headers(headers)
  return Object.fromEntries(sent)
}
