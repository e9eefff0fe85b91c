import type { Attack } from '../attack.ts'

export default {
  title:
    'NODE_EXTRA_CA_CERTS names the attacker’s authority in the app’s environment; the device has never heard of it.',
  family: 'tokens',
  holds: 'trusted-authority',
  environment: 'extra-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  present: (host, forger) => forger.signedBy('trusted', host),
  control: 'none-own-process',
  remedy: 'Give `ca` yourself, which leaves the variable without effect; a pin holds all the same.',
  references: ['https://nodejs.org/api/cli.html#node_extra_ca_certsfile', 'MITRE ATT&CK T1553.004'],
} satisfies Attack
