import { createServer } from 'node:net'
import { type Listening, listen } from '#kit/listen.ts'
import { type Address, relay } from './relay.ts'

export interface StandingRelay {
  readonly listenHost: string
  readonly port: number
  readonly upstream: Address
}

/** A blind relay that belongs to no play: what an attacker does for the names that it doesn't attack. */
export function standingRelay({ listenHost, port, upstream }: StandingRelay): Promise<Listening> {
  const server = createServer((victim) => relay(victim, upstream, { at: 0, handshake: 'relayed', applicationBytes: 0 }))
  return listen(server, { what: 'a relay of the attacker', host: listenHost, port, hint: 'set ATTACKER_RELAYS' })
}
