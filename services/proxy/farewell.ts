import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import type { Unanswered } from './unanswered.ts'

export interface Farewell {
  /** From now on each answer is the last one on its connection, and who has asked nothing is let go soon. */
  begin(): Disposable
}

/** How long who is connected may still take to ask, ms. */
const LAST_WORD = 1_000

/**
 * Node stops listening and closes what is idle at that moment, and no more: a connection that is answered later is kept for the
 * next question, which then meets its end, and one that never asks is waited for (seen on Node 24).
 */
export function prepareFarewell(server: Server, unanswered: Unanswered): Farewell {
  const open = new Set<Socket>()
  let begun = false
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const late = ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (!begun) return
    // Asked behind one that was to be the last.
    for (const earlier of unanswered.on(socket)) if (!earlier.headersSent) earlier.shouldKeepAlive = true
    makeLast(response, unanswered)
  }
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, late)
  const letGo = () => {
    // The server knows a connection as TCP and as TLS: what the two have in common is who is at the other end.
    const waiting = new Set(unanswered.lastOnEach().map(({ req }) => otherEnd(req.socket)))
    for (const socket of open) if (!waiting.has(otherEnd(socket))) socket.destroy()
  }
  return {
    begin() {
      begun = true
      for (const response of unanswered.lastOnEach()) makeLast(response, unanswered)
      // Once more around the loop, so that what has arrived meanwhile is heard.
      const timer = setTimeout(() => setImmediate(letGo), LAST_WORD)
      return { [Symbol.dispose]: () => clearTimeout(timer) }
    },
  }
}

function makeLast(response: ServerResponse, unanswered: Unanswered): void {
  const { socket } = response.req
  if (!response.headersSent) response.shouldKeepAlive = false
  // It was promised that the connection stays.
  else response.once('close', () => unanswered.on(socket).length === 0 && socket.destroySoon())
}

function otherEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
