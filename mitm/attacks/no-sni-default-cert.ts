import type { Attack } from '../attack.ts'

const ADDRESS = '127.0.0.1'

// RFC 6066 sends no address as server name, so the server has to guess, and pins that are kept by name know no address.
export default {
  title: 'The client is told to ask for an address instead of the name, and an authority has signed for the address.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['pinned-hosts-only', 'certificate-pin', 'authority-pin'],
  remedy: 'Refuse addresses, or pin them too.',
  spelling: () => ADDRESS,
  present: (_host, forger) => forger.signedBy('trusted', ADDRESS),
  references: ['RFC 6066 section 3', 'RFC 7469 section 2.3.3: no pins for addresses'],
} satisfies Attack
