import type { Attack } from '../attack.ts'

export default {
  title: 'The greeting of TLS is answered with HTTP in clear, as is everything that then comes in clear.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  remedy: 'Take a failed handshake for a failure: never ask again in clear.',
  present: 'plaintext-answer',
  references: ['RFC 8446 section 5.1: an unexpected record ends the connection', 'nogotofail: sslstrip', 'CWE-319'],
} satisfies Attack
