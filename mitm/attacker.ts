import type { Loot } from '#certs/forger.ts'
import type { Road } from '#kit/check.ts'
import type { Evidence } from './evidence.ts'

/** One play: one attack, ready for one client. JSON, so that it can travel to a container. */
export interface PlayOrder {
  readonly attack: string
  readonly road: Road
  /** The name that the victim will ask for. */
  readonly host: string
  /** Where the genuine host really is, as the attacker reaches it. */
  readonly upstream: { readonly host: string; readonly port: number }
  readonly loot: Loot
}

export interface Armed {
  readonly play: string
  /** Where the victim's connections must arrive: the name's new address, or the proxy's. */
  readonly port: number
}

export interface Attacker extends AsyncDisposable {
  /** Opens a listener of its own for the play, so that all that arrives there belongs to it. */
  arm(order: PlayOrder): Promise<Armed>
  /** Waits until the play's connections are over (bounded), closes its listener and tells what was seen. */
  evidence(play: string): Promise<Evidence>
  close(): Promise<void>
}
