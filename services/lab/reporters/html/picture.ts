import { type ChainLink, type SentCertificate, shortName, validityOf } from '../../chain.ts'
import { html, type Markup } from './markup.ts'

export interface PictureOptions {
  readonly pins: ReadonlySet<string>
  /** ISO 8601, when the chain was shown: what had run out by then is marked. */
  readonly at: string
  /** Known to have no pins, where none being known may mean that nobody told. */
  readonly pinsNothing?: boolean
}

const WIDTH = 340
const HEIGHT = 78
const GAP = 16
const INDENT = 20

/** The chain as a tree, each certificate below the one that signed it; and the same in words, for who cannot see it. */
export function chainPicture(chain: readonly ChainLink[], options: PictureOptions): Markup {
  const placed = treeOrder(chain)
  const height = placed.length * (HEIGHT + GAP) - GAP + 4
  return html`<figure class="chain">
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" aria-hidden="true">
${placed.map((one, row) => box(one, { ...options, row, rows: placed }))}
</svg>
<figcaption><p>${lesson(chain, options)}</p>
<ol class="unseen">${chain.map((one) => html`<li>${inWords(one, options)}</li>`)}</ol></figcaption>
</figure>`
}

interface Placed {
  readonly one: ChainLink
  readonly depth: number
  /** Row of the signer above. */
  readonly above?: number
}

/** Signers first, each followed by what it signed; the tree of the leaf before the others. */
function treeOrder(chain: readonly ChainLink[]): Placed[] {
  const placed: Placed[] = []
  const signerOf = (one: ChainLink) => ('unreadable' in one ? undefined : one.signer)
  const visit = (one: ChainLink, depth: number, above?: number) => {
    if (placed.some((other) => other.one === one)) return
    const row = placed.push({ one, depth, ...(above === undefined ? {} : { above }) }) - 1
    for (const other of chain) if (signerOf(other) === one.position) visit(other, depth + 1, row)
  }
  const roots = chain.filter((one) => signerOf(one) === undefined)
  const leads = (one: ChainLink) => !('unreadable' in one) && one.onPath
  for (const root of [...roots.filter(leads), ...roots.filter((one) => !leads(one)), ...chain]) visit(root, 0)
  return placed
}

interface Place extends PictureOptions {
  readonly row: number
  readonly rows: readonly Placed[]
}

function box({ one, depth, above }: Placed, place: Place): Markup {
  const x = 2 + Math.min(depth, 6) * INDENT
  const y = 2 + place.row * (HEIGHT + GAP)
  const width = WIDTH - x - 2
  const room = (perCharacter: number) => Math.floor((width - 24) / perCharacter)
  const marks = marksOf(one, place)
  const lines = linesOf(one, place)
  const kind = 'unreadable' in one ? 'unreadable' : one.onPath ? 'path' : 'aside'
  return html`${above === undefined ? undefined : branch(x, y, 2 + above * (HEIGHT + GAP) + HEIGHT)}<g class="${kind}${marks.pinned ? ' pinned' : ''}"><rect x="${x}" y="${y}" width="${width}" height="${HEIGHT}" rx="8"/>
<text class="name" x="${x + 12}" y="${y + 22}">${cut(lines.name, room(8) - (marks.pinned ? 9 : 0))}</text>
${marks.pinned ? html`<text class="mark" x="${x + width - 12}" y="${y + 22}" text-anchor="end">◆ pinned</text>` : undefined}
<text class="${marks.outdated ? 'outdated' : 'fact'}" x="${x + 12}" y="${y + 43}">${cut(lines.facts, room(6.4))}</text>
<text class="fact" x="${x + 12}" y="${y + 63}">${cut(lines.below, room(6.4))}</text></g>`
}

function branch(x: number, y: number, from: number): Markup {
  const stem = x - INDENT / 2
  return html`<path class="branch" d="M${stem} ${from} V${y + HEIGHT / 2} H${x}"/>`
}

function marksOf(one: ChainLink, { pins, at }: PictureOptions): { pinned: boolean; outdated: boolean } {
  if ('unreadable' in one) return { pinned: false, outdated: false }
  return {
    pinned: (one.pin !== undefined && pins.has(one.pin)) || pins.has(one.fingerprint),
    outdated: !validityOf(one, at).startsWith('until'),
  }
}

function linesOf(one: ChainLink, options: PictureOptions): { name: string; facts: string; below: string } {
  const place = `sent ${ordinal(one.position)}`
  if ('unreadable' in one) return { name: 'not readable as a certificate', facts: place, below: one.unreadable }
  const role = one.position === 0 ? ['leaf'] : []
  const itself = one.selfSigned ? ['self-signed'] : []
  const alone = !one.selfSigned && one.signer === undefined
  return {
    name: shortName(one.subject),
    facts: [...role, ...itself, one.key, validityOf(one, options.at)].join(' · '),
    below: `${place} · ${alone ? `signer not sent: ${shortName(one.issuer)}` : shortPin(one)}`,
  }
}

function shortPin({ pin = 'unreadable key' }: SentCertificate): string {
  return pin.startsWith('sha256/') ? `${pin.slice(0, 19)}…${pin.slice(-6)}` : pin
}

/** What the picture teaches: whether a pinned key is where it counts. */
function lesson(chain: readonly ChainLink[], options: PictureOptions): string {
  const pinned = chain.filter((one) => marksOf(one, options).pinned)
  if (options.pinsNothing) return 'This client has pinned nothing.'
  if (options.pins.size === 0) return 'The run does not tell of a pin that this client holds.'
  if (pinned.length === 0) return 'Nothing in it is what the client has pinned.'
  return pinned.some((one) => !('unreadable' in one) && one.onPath)
    ? 'A pinned certificate or key (◆) is on the path from the leaf to its signer.'
    : 'The pinned certificate or key (◆) was only sent along: it has signed nothing on the path from the leaf.'
}

function inWords(one: ChainLink, options: PictureOptions): string {
  const { name, facts, below } = linesOf(one, options)
  const aside = !('unreadable' in one) && !one.onPath ? ', not on the path from the leaf' : ''
  return `${name}: ${facts}; ${below}${marksOf(one, options).pinned ? '; pinned by the client' : ''}${aside}`
}

function ordinal(position: number): string {
  return ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'][position] ?? `${position + 1}th`
}

function cut(text: string, room: number): string {
  const characters = [...text]
  return characters.length <= room ? text : `${characters.slice(0, Math.max(1, room - 1)).join('')}…`
}
