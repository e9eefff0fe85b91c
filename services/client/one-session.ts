import { connect } from 'node:http2'
import { Agent } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import got, { type ExtendOptions } from 'got'
import type { OpenClient, Situation } from './client.ts'
import { within } from './deadline.ts'
import { addressAt, openAt } from './open.ts'

/** Where connections come from, each trusted before it is handed out, and the end of them. */
export interface Connections {
  /** Asked first, before there is a connection; throws what a request must not be. */
  admit?(address: URL, headers: Readonly<Record<string, string>>): void
  connect(origin: string, protocols: readonly string[]): Promise<TLSSocket>
  close(): Promise<void>
}

/**
 * got over HTTP/2, or over HTTP/1.1 where the server speaks nothing newer. One client, one origin, one session, opened
 * here: got's pool is left out of it, for its sessions may be ones that another request was content with, and a pool may
 * send what is meant for one name over a session that was opened, and checked, for another (RFC 9113 section 9.1.1).
 */
export function oneSession({ origin, timeout }: Situation, connections: Connections): OpenClient {
  let held: Promise<Carrier> | undefined
  const carrier = async (): Promise<Carrier> => {
    const before = held
    const usable = (await before?.catch(() => undefined))?.usable()
    if (before && usable) return before
    // Another request may have opened the next one meanwhile.
    held = held && held !== before ? held : carry(origin, connections)
    return held
  }
  return {
    async get(path, headers) {
      const address = addressAt(origin, path)
      connections.admit?.(address, headers)
      const { options } = await within(timeout, undefined, carrier)
      const { get } = openAt(origin, {
        got: got.extend(options, { timeout: { request: timeout } }),
        close: connections.close,
      })
      return await get(address.href, headers)
    },
    close: () => connections.close(),
  }
}

/** What got is told in order to speak over a connection. */
export interface Carrier {
  readonly options: ExtendOptions
  readonly usable: () => boolean
}

/** Opens a connection and speaks over it what the server has chosen. */
export async function carry(origin: string, connections: Connections): Promise<Carrier> {
  const socket = await connections.connect(origin, ['h2', 'http/1.1'])
  return socket.alpnProtocol === 'h2' ? overSession(origin, socket) : overAgent(origin, { connections, first: socket })
}

function overSession(origin: string, socket: TLSSocket): Carrier {
  const session = connect(origin, { createConnection: () => socket })
  // Each request gets the error by its stream; between requests nobody waits for it.
  session.on('error', () => {})
  return { options: { h2session: session }, usable: () => !session.closed && !session.destroyed }
}

/** An agent whose first connection is there already. Further ones have nothing to negotiate. */
function overAgent(origin: string, { connections, first }: { connections: Connections; first: TLSSocket }): Carrier {
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 0 })
  let next: TLSSocket | undefined = first
  const connection = async (): Promise<TLSSocket> => {
    const ready = next
    next = undefined
    return ready && !ready.destroyed ? ready : await connections.connect(origin, ['http/1.1'])
  }
  agent.createConnection = (_options, callback) => {
    // Node's type has no form for "an error and no socket", which is what its agent expects here.
    const done = callback as ((error: Error | null, socket?: Duplex) => void) | undefined
    connection().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error),
    )
    return undefined
  }
  return { options: { agent: { https: agent } }, usable: () => true }
}
