import * as fc from 'fast-check'

export interface Change {
  readonly kind: 'flip' | 'insert' | 'delete' | 'duplicate' | 'splice'
  /** Where, as a part of the whole. */
  readonly at: number
  /** Where else: the other end of a slice, or where the other text is entered. */
  readonly to: number
  readonly bytes: string
  readonly bit: number
}

const fraction = fc.nat(9_999).map((value) => value / 10_000)

const telling = fc.constantFrom(
  ...[
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    '\0',
    ' ',
    '\t',
    ':',
    ',',
    ';',
    '/',
    '?',
    '#',
    '%',
    '@',
    '\\',
    '..',
    '\xff',
    '\x80',
  ],
  ...[
    '0',
    '-',
    '0\r\n\r\n',
    'HTTP/1.1',
    'GET / HTTP/1.1\r\n',
    '\r\nHost: b',
    '\x7f',
    '"',
    '&api_key=c',
    '%2f',
    '\x0b',
    '\r\n ',
  ],
)

export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'delete', 'duplicate', 'splice'),
  at: fraction,
  to: fraction,
  bytes: fc.oneof(
    telling,
    fc.nat(255).map((code) => String.fromCharCode(code)),
  ),
  bit: fc.nat(7),
})

/** @param other what `splice` goes on with */
export function mutated(text: string, other: string, changes: readonly Change[]): string {
  return changes.reduce((so, one) => changed(so, other, one), text)
}

/** Bytes of a slice that is taken out or doubled: short ones hit a token, long ones a whole request. */
const SLICES = [1, 2, 8, 64, 512]

function changed(text: string, other: string, { kind, at, to, bytes, bit }: Change): string {
  const place = Math.floor(at * text.length)
  const end = place + (SLICES[Math.floor(to * SLICES.length)] ?? 1)
  if (kind === 'flip') {
    const code = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit))
    return text === '' ? text : text.slice(0, place) + code + text.slice(place + 1)
  }
  if (kind === 'insert') return text.slice(0, place) + bytes + text.slice(place)
  if (kind === 'delete') return text.slice(0, place) + text.slice(end)
  if (kind === 'duplicate') return text.slice(0, end) + text.slice(place)
  return text.slice(0, place) + other.slice(Math.floor(to * other.length))
}
