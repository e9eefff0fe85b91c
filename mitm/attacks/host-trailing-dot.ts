import type { Attack } from '../attack.ts'

// The URL standard keeps the dot: https://api.lab.test. and https://api.lab.test are one host, and two strings.
export default {
  title: 'The client is told to ask for the host with a dot at its end, which a list of pins may not know.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Look pins up by the canonical host: lower case, without the last dot.',
  spelling: (host) => `${host}.`,
  present: (host, forger) => forger.signedBy('trusted', host),
  control: 'none-trailing-dot',
  references: ['RFC 1034 section 3.1', 'CVE-2022-30115'],
} satisfies Attack
