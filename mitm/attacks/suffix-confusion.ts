import type { Attack } from '../attack.ts'

const longer = (host: string) => `evil${host}`

export default {
  title: 'The client is led to a host of the attacker’s whose name ends in the pinned one, without a dot between.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['pinned-hosts-only', 'certificate-pin', 'authority-pin'],
  remedy: 'Match labels, not characters, and refuse hosts that no pin covers.',
  spelling: longer,
  present: (host, forger) => forger.signedBy('trusted', longer(host)),
  references: ['OkHttp issue 3324', 'RFC 9525 section 6.3'],
} satisfies Attack
