import { connect, type Socket } from 'node:net'
import type { Transform } from 'node:stream'
import { LONGEST_HELLO, serverNameIn } from './client-hello.ts'
import type { SeenConnection } from './witness.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Passes the bytes on without looking inside.
 * @param seen is told the count, and the name the victim asked for
 * @param through what the genuine host's bytes go through on their way; untouched when absent
 */
export function relay(victim: Socket, upstream: Address, seen: SeenConnection, through?: Transform): void {
  // A relay that waits for more to send is seen in the timing: 40 ms an answer, where acknowledgements are delayed.
  victim.setNoDelay(true)
  // Half-closed is a state of its own: what one side ends, only that direction ends.
  victim.allowHalfOpen = true
  const genuine = connect({ ...upstream, allowHalfOpen: true, noDelay: true })
  let beginning: Buffer | undefined = Buffer.alloc(0)
  const count = (chunk: Buffer) => {
    seen.handshake = 'relayed'
    seen.relayedBytes = (seen.relayedBytes ?? 0) + chunk.length
  }
  const lookForName = (chunk: Buffer) => {
    if (!beginning) return
    beginning = Buffer.concat([beginning, chunk])
    const sni = serverNameIn(beginning)
    if (sni !== undefined) seen.sni = sni
    if (sni !== undefined || beginning.length > LONGEST_HELLO) beginning = undefined
  }
  // Until there is somebody to pass it on to, what the victim says waits unread.
  genuine.once('connect', () => {
    victim.on('data', count).on('data', lookForName).pipe(genuine)
    const answer = genuine.on('data', count)
    ;(through ? answer.pipe(through) : answer).pipe(victim)
  })
  const end = (error: NodeJS.ErrnoException) => {
    seen.failure ??= error.code ?? error.message
  }
  victim.on('error', end).on('close', () => genuine.destroy())
  genuine.on('error', end).on('close', () => (genuine.readableEnded ? victim.end() : victim.destroy()))
}
