import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Presented, WithoutChain } from './attack.ts'
import { beginningOf, serverNameIn, speaksTls } from './client-hello.ts'
import { flipKeyExchange } from './flip-key-exchange.ts'
import { insistent, isOutdated } from './insist.ts'
import { obstructor } from './obstruct.ts'
import { readPlaintext } from './read-plaintext.ts'
import { type Address, relay } from './relay.ts'
import type { Stance } from './story.ts'
import { terminator } from './terminate.ts'
import type { SeenConnection } from './witness.ts'

/** A stance, as it is at the moment. */
export type Now = Exclude<Stance, 'attacks-until-read'>

/** What happens to one of the victim's connections. */
export type Meet = (victim: Socket, seen: SeenConnection) => void

export interface MeetingOptions {
  readonly presents: WithoutChain | Presented
  readonly upstream: Address
  /** A way into whatever reads plaintext. Taken only when a first byte has arrived. */
  readonly enter: () => Promise<Duplex>
  /** Told of every stream that the play has to see the end of. */
  readonly onStream: (stream: Duplex) => void
  /** For TLS sessions that are good for all that the attacker shows in one play; fresh when absent. */
  readonly ticketKeys?: Buffer
  /** Of a story: what the attacker does now, and its own site, which it answers for at all times. */
  readonly story?: { readonly stance: () => Now; readonly site: string; readonly elsewhere?: Presented }
}

/** How the attacker meets each connection: by what the attack presents, and in a story by what is told at the moment. */
export function meeting({ ticketKeys = randomBytes(48), ...rest }: MeetingOptions): Meet {
  const options = { ...rest, ticketKeys }
  const attacks = meets(options.presents, options)
  const { story } = options
  if (!story) return attacks
  const elsewhere = story.elsewhere && meets(story.elsewhere, options)
  const relays = meets('relay', options)
  return (victim, seen) => {
    victim.on('error', () => {})
    beginningOf(victim, (beginning) => {
      victim.unshift(beginning)
      // Asked in clear, the attacker need not attack anything to read it.
      if (!speaksTls(beginning)) return readPlaintext(victim, seen, options.enter)
      const sni = serverNameIn(beginning)
      // Who takes up a session is not asked again for the name.
      if (sni !== undefined) seen.sni = sni
      if (elsewhere && sni === story.site) return elsewhere(victim, seen)
      const stance = story.stance()
      if (stance === 'attacks') return attacks(victim, seen)
      return stance === 'relays' ? relays(victim, seen) : meets(stance, options)(victim, seen)
    })
  }
}

function meets(presents: MeetingOptions['presents'], { upstream, enter, onStream, ticketKeys }: MeetingOptions): Meet {
  if (presents === 'relay') return (victim, seen) => relay(victim, upstream, seen)
  if (presents === 'flipped-key-exchange') return (victim, seen) => relay(victim, upstream, seen, flipKeyExchange(seen))
  if (typeof presents === 'string') return obstructor({ how: presents, enter })
  const terminate = terminator({ presents, enter, ...(ticketKeys && { ticketKeys }) })
  const meet: Meet = (victim, seen) => onStream(terminate(victim, seen))
  return isOutdated(presents) ? insistent(presents, meet) : meet
}
