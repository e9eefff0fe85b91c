import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

// Its control is `none`: the same client, the same host, and an address as it should be. In clear nothing can be genuine.
export default {
  title: 'The client was told an address that begins with http:, and the attacker reads it like a postcard.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  refusedAs: 'policy',
  remedy: 'Refuse every address that is not https, wherever it comes from, before anything is connected.',
  clear: true,
  present: 'relay',
  story: [look('relays')],
  references: ['RFC 9110 section 4.2.2', 'nogotofail: sslstrip', 'Android: cleartextTrafficPermitted', 'CWE-319'],
} satisfies Attack
