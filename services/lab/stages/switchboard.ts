import { connect, createServer, type Socket } from 'node:net'
import { type Listening, listen } from '#kit/listen.ts'

export interface Switchboard extends Listening {
  /** From now on new connections to the name's address end there. */
  leadTo(port: number): void
}

/**
 * The address that a host name stands for: a TCP relay whose far end can be moved. So "the same name now leads to the
 * attacker" needs no change in the client, as with a forged DNS answer or a rogue access point.
 */
export async function switchboard(firstPort: number): Promise<Switchboard> {
  let target = firstPort
  const far = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const other = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    far.add(other)
    other.once('close', () => far.delete(other))
    join(near, other)
    join(other, near)
    near.pipe(other)
    other.pipe(near)
  })
  const listening = await listen(server, { what: 'the switchboard' })
  const close = async () => {
    for (const socket of far) socket.destroy()
    await listening.close()
  }
  return {
    host: listening.host,
    port: listening.port,
    close,
    [Symbol.asyncDispose]: close,
    leadTo: (port) => {
      target = port
    },
  }
}

// pipe() passes an orderly end on, but neither a reset nor a refusal.
function join(from: Socket, to: Socket): void {
  from.on('error', () => to.destroy())
  from.once('close', (hadError) => {
    if (hadError) to.resetAndDestroy()
    else to.destroySoon()
  })
}
