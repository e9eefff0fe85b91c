import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What has been asked and not been answered yet: several on one connection, for a client may ask ahead (pipelining). */
export interface Unanswered {
  /** @returns how many there are on its connection now */
  add(response: ServerResponse): number
  /** In the order in which they were asked. */
  on(connection: Duplex): readonly ServerResponse[]
  /** The one that was asked last, of each connection on which there are any. */
  lastOnEach(): readonly ServerResponse[]
}

export function createUnanswered(): Unanswered {
  const waiting = new Map<Duplex, Set<ServerResponse>>()
  return {
    add(response) {
      const { socket } = response.req
      const here = waiting.get(socket) ?? new Set()
      waiting.set(socket, here.add(response))
      response.once('close', () => {
        here.delete(response)
        if (here.size === 0) waiting.delete(socket)
      })
      return here.size
    },
    on: (connection) => [...(waiting.get(connection) ?? [])],
    lastOnEach: () => [...waiting.values()].flatMap((here) => [...here].slice(-1)),
  }
}
