import type { X509Certificate } from 'node:crypto'
import { type Mismatch, PinMismatchError, type Pinned, type Seen } from './errors.ts'
import { pinOf } from './spki.ts'

/** What was seen against what was pinned, in the words of the person who has to mend it. */
export function keyMismatch(mismatch: Mismatch & { port: number }): PinMismatchError {
  const { host, port } = mismatch
  return new PinMismatchError(mismatch, {
    sentence: `no certificate from ${host} matches its pins`,
    details: table(mismatch, (seen) => seen.pin),
    hint: `if you renewed the key on purpose, ship the new pin first: npm run pin -- ${address(host, port)}`,
  })
}

/** The same where whole certificates are pinned: their fingerprints, for a renewed certificate may keep its key. */
export function certificateMismatch(mismatch: Mismatch & { port: number }, cause?: unknown): PinMismatchError {
  return new PinMismatchError(mismatch, {
    sentence: `${mismatch.host} shows another certificate than the pinned one`,
    details: table(mismatch, (seen) => seen.fingerprint),
    hint: 'if you renewed the certificate on purpose, ship the new one first',
    cause,
  })
}

function table({ seen, pinned }: Mismatch, value: (seen: Seen) => string): string[] {
  const rows = seen.map((one) => ({ value: value(one), subject: one.subject, note: note(one) }))
  const width = Math.max(0, ...rows.map((row) => row.subject.length))
  const first = (index: number, word: string) => (index === 0 ? word : '').padEnd(6)
  return [
    ...(rows.length === 0 ? ['seen    (no certificate)'] : []),
    ...rows.map((row, at) => `${first(at, 'seen')}  ${row.value}  ${row.subject.padEnd(width)}  (${row.note})`),
    ...pinned.map((one: Pinned, at) => `${first(at, 'pinned')}  ${one.value}  (${one.label})`),
  ]
}

function note({ role, issuer }: Seen): string {
  return role === 'leaf' || role === 'intermediate' ? `${role}, signed by ${issuer}` : role
}

export function seenOf(certificate: X509Certificate, depth: number): Seen {
  const selfIssued = certificate.subject === certificate.issuer
  return {
    pin: pinOf(certificate),
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    role: depth === 0 ? (selfIssued ? 'self-signed' : 'leaf') : selfIssued ? 'root' : 'intermediate',
    fingerprint: certificate.fingerprint256,
  }
}

/** `CN=api.test, O=Example` from Node's one-line-each form. Whoever made the certificate chose these characters. */
export function nameOf(distinguishedName: string | undefined): string {
  const name = (distinguishedName ?? '').split('\n').map(printable).join(', ')
  if (name === '') return '(no name)'
  return name.length > 200 ? `${name.slice(0, 199)}…` : name
}

// Control, format (right-to-left marks), line-breaking and half characters could forge lines on a terminal or in a log.
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/** `api.test`, `api.test:8443`, `[::1]:8443` */
export function address(host: string, port: number): string {
  const bracketed = host.includes(':') ? `[${host}]` : host
  return port === 443 ? bracketed : `${bracketed}:${port}`
}
