import { createSecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { PROMPTLY } from '../../support/promptly.ts'
import type { Conversation } from '../hostile.ts'
import type { Heard } from './check-answers.ts'

/** ms of silence, at least, after which a client takes it that its request has no end, and leaves. */
const PATIENCE = 400
/** How many times what sound conversations take must fit in there: on a busy machine every answer takes longer. */
const TIMES = 3
/** ms that sound conversations have taken of late; at first a guess, for a proxy that has only just started. */
let usual = 1_000

const secureContext = createSecureContext()
/** By port and name: a handshake that goes on from an earlier one costs half. */
const sessions = new Map<string, Buffer>()

export type Said = Pick<Conversation, 'sent' | 'splits' | 'ending' | 'servername' | 'allSound'>

/** Says it all on one connection, and listens until that has closed. */
export function talk(port: number, said: Said): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connectTo(port, said.servername)
    const chunks: Buffer[] = []
    let state: 'connecting' | 'open' | 'left' = 'connecting'
    let stuck = false
    let lost = false
    let refused: string | undefined
    const leave = () => {
      clearTimeout(silence)
      if (state === 'left') {
        stuck = true
        socket.destroy()
      } else {
        lost = said.ending === 'wait'
        state = 'left'
        socket.end()
        silence = setTimeout(leave, PROMPTLY)
      }
    }
    let silence = setTimeout(leave, PROMPTLY)
    const began = performance.now()
    socket.once('secureConnect', () => {
      state = 'open'
      clearTimeout(silence)
      silence = setTimeout(leave, said.allSound ? PROMPTLY : Math.min(Math.max(PATIENCE, TIMES * usual), PROMPTLY))
      void write(socket, said).then(() => {
        // On a slow machine it may have left already, in the middle of what it had to say.
        if (said.ending === 'end' && state === 'open') leave()
        if (said.ending === 'destroy') socket.destroy()
      })
    })
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      silence.refresh()
    })
    // A proxy may cut off who is hostile; but it must take the connection.
    socket.on('error', (error) => {
      if (state === 'connecting') refused = error.message
    })
    socket.once('close', () => {
      clearTimeout(silence)
      if (said.allSound && !lost) usual = Math.max(performance.now() - began, 0.9 * usual)
      const bytes = Buffer.concat(chunks).toString('latin1')
      resolve({ bytes, lost, ...(stuck && { stuck }), ...(refused !== undefined && { refused }) })
    })
  })
}

function connectTo(port: number, servername: string): TLSSocket {
  const key = `${port} ${servername}`
  const session = sessions.get(key)
  const place = { host: '127.0.0.1', port, servername, secureContext, rejectUnauthorized: false }
  const socket = tlsConnect({ ...place, ...(session && { session }) })
  socket.setNoDelay(true)
  socket.on('session', (ticket) => sessions.set(key, ticket))
  return socket
}

/** In as many pieces as were asked for, each on its way before the next one. */
async function write(socket: TLSSocket, { sent, splits }: Said): Promise<void> {
  const bytes = Buffer.from(sent, 'latin1')
  for (const [index, begin] of [0, ...splits].entries()) {
    if (!socket.writable) return
    await new Promise<void>((resolve) => socket.write(bytes.subarray(begin, splits[index]), () => resolve()))
  }
}
