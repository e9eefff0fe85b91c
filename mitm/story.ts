/** What a client's greeting of TLS is answered with, where there is to be no TLS. */
export const OBSTRUCTIONS = ['plaintext-answer', 'tls-alert', 'tcp-reset'] as const
export type Obstruction = (typeof OBSTRUCTIONS)[number]

/**
 * What whoever sits in the middle does with connections to the API: what the attack is, nothing, or no TLS at all. Or the
 * attack until a first byte has been read, and nothing from then on, so that what is checked better finds nothing wrong.
 */
export const STANCES = ['attacks', 'attacks-until-read', 'relays', ...OBSTRUCTIONS] as const
export type Stance = (typeof STANCES)[number]

/** What happens, one thing after the other, to one client that stays open. JSON, so that it can travel. */
export type Step =
  /** Asks the API for the picture of the day, its token along. */
  | { readonly act: 'look'; readonly attacker: Stance }
  /** Makes a request that the app does not pin and that carries no token: to the API, or to the attacker's own site. */
  | { readonly act: 'glance'; readonly at: Site; readonly attacker: Stance }
  /** Is given new pins: the same once more, or those without the key that the host has now. */
  | { readonly act: 'renew-pins'; readonly to: NewPins }
  /** Afterwards, alone: the attacker goes to the genuine API with what it has read. */
  | { readonly act: 'replay'; readonly how: Replay }

/** `elsewhere` is a host that belongs to the attacker, with an honest certificate. */
export type Site = 'api' | 'elsewhere'
export type NewPins = 'the-same' | 'the-backup-only'

/**
 * What the attacker sends to the API: the request with the token as it was read, another request with it, or the request
 * with a token that it has made of it.
 */
export const REPLAYS = ['as-read', 'other-request', 'unsigned', 'own-key', 'altered', 'without'] as const
export type Replay = (typeof REPLAYS)[number]

/** The words in which a story is told. The last look is the one that is judged. */
export const look = (attacker: Stance): Step => ({ act: 'look', attacker })
export const glance = (at: Site, attacker: Stance): Step => ({ act: 'glance', at, attacker })
export const renewPins = (to: NewPins): Step => ({ act: 'renew-pins', to })
export const replay = (how: Replay): Step => ({ act: 'replay', how })

/** An attack that tells no story. */
export const ONE_LOOK: readonly Step[] = [look('attacks')]

const ACTS = ['look', 'glance', 'renew-pins', 'replay']

/** What is wrong with a value that is meant to be a story; empty when nothing is. */
export function storyComplaints(story: unknown): string[] {
  if (story === undefined) return []
  if (!Array.isArray(story) || !story.every((step) => ACTS.includes(step?.act))) {
    return [`story is not a list of ${ACTS.join(', ')}`]
  }
  const judged = story.findLastIndex((step) => step.act !== 'replay')
  if (story[judged]?.act !== 'look') return ['story does not end with a look, which is what is judged']
  const early = story.slice(0, judged).some((step) => step.act === 'replay')
  return early ? ['story replays before its last look: the attacker does so when the victim has gone'] : []
}

/** What the attacker does when the victim has gone. */
export function replaysIn(story: readonly Step[] = []): Replay[] {
  return story.flatMap((step) => (step.act === 'replay' ? [step.how] : []))
}

/** `looks (attacks)`, for people. */
export function stepInWords(step: Step): string {
  if (step.act === 'renew-pins') return `gets new pins: ${step.to.replaceAll('-', ' ')}`
  if (step.act === 'replay') return `is gone, and the attacker asks the API ${REPLAY_IN_WORDS[step.how]}`
  const what =
    step.act === 'look' ? 'asks the API' : `asks ${step.at === 'api' ? 'the API' : 'the attacker’s own site'} unpinned`
  return `${what}, while the attacker ${STANCE_IN_WORDS[step.attacker]}`
}

/** After "asks the API", "asked the API". */
export const REPLAY_IN_WORDS: Readonly<Record<Replay, string>> = {
  'as-read': 'again as read',
  'other-request': 'something else with that token',
  unsigned: 'with the token unsigned',
  'own-key': 'with the token signed by itself',
  altered: 'with the token altered',
  without: 'without a token',
}

const STANCE_IN_WORDS: Readonly<Record<Stance, string>> = {
  attacks: 'attacks',
  'attacks-until-read': 'attacks until it has read something',
  relays: 'only relays',
  'plaintext-answer': 'answers in clear',
  'tls-alert': 'ends the handshake',
  'tcp-reset': 'resets the connection',
}
