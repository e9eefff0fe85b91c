import type { Attack } from '../attack.ts'
import { look } from '../story.ts'

export default {
  title: 'The attacker reads what is sent without a pin, and leaves alone what follows, so that no pin notices.',
  family: 'pin-bypass',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  story: [look('attacks-until-read')],
  remedy: 'Give every stack that asks the API the same pins; let a test count the connections that have none.',
  references: ['https://undici.nodejs.org/#/docs/api/Agent', 'CWE-295: improper certificate validation'],
} satisfies Attack
