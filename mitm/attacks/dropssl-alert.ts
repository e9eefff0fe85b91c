import type { Attack } from '../attack.ts'

export default {
  title: 'The greeting of TLS is answered with a fatal alert, and what the client then says in clear is answered.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  remedy: 'Let a failed handshake be the end: no second try in clear, or without a check.',
  present: 'tls-alert',
  references: ['RFC 8446 section 6.2', 'RFC 7507: protection against protocol downgrade', 'nogotofail: dropssl'],
} satisfies Attack
