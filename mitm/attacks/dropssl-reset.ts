import type { Attack } from '../attack.ts'

export default {
  title: 'A connection that begins with TLS is reset, and what the client then says in clear is answered.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  remedy: 'Let a connection that is cut be a failure: no second try in clear, or without a check.',
  present: 'tcp-reset',
  references: ['nogotofail: droptls', 'RFC 7507: protection against protocol downgrade'],
} satisfies Attack
