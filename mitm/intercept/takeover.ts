import { createServer, type Socket } from 'node:net'
import { type Listening, listen } from '#kit/listen.ts'

export interface RoadOptions {
  /** Address to listen on; loopback unless the lab runs in containers. */
  readonly listenHost: string
  /** A victim's connection that is on its way to the play's host. */
  readonly onVictim: (victim: Socket) => void
}

/** The name leads here: what arrives on the port is TLS, meant for the genuine host. */
export function takeover({ listenHost, onVictim }: RoadOptions): Promise<Listening> {
  return listen(createServer({ noDelay: true }, onVictim), { what: 'the attacker', host: listenHost })
}
