import type { Attack } from '../attack.ts'

// The URL class writes it in lower case; a host that is cut out of a text, or passed as an option, stays as it was.
export default {
  title: 'The client is told to ask for the host in capital letters, which a list of pins may not know.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Look pins up by the canonical host: lower case, without the last dot.',
  spelling: (host) => host.toUpperCase(),
  present: (host, forger) => forger.signedBy('trusted', host),
  control: 'none-host-case',
  references: ['RFC 4343: names are compared without regard to case'],
} satisfies Attack
