import type { LookupFunction, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { PinError } from './errors.ts'
import { connectTrusted, type Way } from './tls.ts'
import type { Target, Trust } from './trust.ts'
import { parseProxy } from './tunnel.ts'

export interface ConnectionSettings {
  /** How names are resolved; the system's resolver when absent. */
  readonly lookup?: LookupFunction
  /** `http://host:port`: tunnel through it by CONNECT. Proxy variables of the environment are never looked at. */
  readonly proxy?: string
  /** ms until a connection must be trusted, 1 to 2 147 483 647; 10 000 by default */
  readonly timeout?: number
  /**
   * Where NODE_TLS_REJECT_UNAUTHORIZED is looked for: the process's own environment unless a test brings another. A
   * library cannot leave that to its caller, for the one who forgets to pass it is the one who needs the check.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Trusted connections to one client's hosts, from the first to the last. */
export interface Connections {
  readonly trust: Trust
  /** @throws PinError when the host may not be visited, cannot be trusted in time, or after the end */
  connect(target: Target, more?: Pick<Way, 'alpn' | 'signal'>): Promise<TLSSocket>
  /** Ends every connection, open or on its way. */
  destroy(): void
  /** The same, and waits until they are gone. None is made afterwards. */
  close(): Promise<void>
}

/** @throws PinError PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED */
export function createConnections(trust: Trust, settings: ConnectionSettings): Connections {
  const { env, lookup } = settings
  const switched = env ? env.NODE_TLS_REJECT_UNAUTHORIZED : process.env.NODE_TLS_REJECT_UNAUTHORIZED
  if (switched === '0') throw checksDisabled()
  const open = new Set<Socket>()
  const track = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  const way: Way = {
    ...{ trust, track, timeout: timeoutOf(settings) },
    ...(lookup && { lookup }),
    ...(settings.proxy === undefined ? {} : { proxy: parseProxy(settings.proxy) }),
  }
  let closed = false
  const destroy = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    ...{ trust, destroy },
    async connect(target, more = {}) {
      trust.admit(target.host)
      if (closed) throw closedError()
      more.signal?.throwIfAborted()
      try {
        return await connectTrusted(target, { ...way, ...more })
      } catch (error) {
        throw closed ? closedError() : error
      }
    },
    async close() {
      closed = true
      const gone = [...open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      destroy()
      await Promise.all(gone)
    },
  }
}

const DEFAULT_TIMEOUT = 10_000
// Node turns a longer timer into one of 1 ms.
const LONGEST_TIMEOUT = 2 ** 31 - 1

function timeoutOf({ timeout = DEFAULT_TIMEOUT }: ConnectionSettings): number {
  if (timeout >= 1 && timeout <= LONGEST_TIMEOUT) return timeout
  throw new PinError('OPTION_REFUSED', `a timeout of ${timeout} is not a number of ms from 1 to ${LONGEST_TIMEOUT}`)
}

function closedError(): PinError {
  return new PinError('CONNECTION_CLOSED', 'this client was closed', {
    hint: 'make a new one: a closed one stays closed',
  })
}

function checksDisabled(): PinError {
  return new PinError('TLS_CHECKS_DISABLED', 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off here', {
    hint: 'unset it: every other connection of this process can be read by whoever is in the middle',
  })
}
