import type { Attack } from '../attack.ts'

// Node lets the Host header outrank the address: it becomes the SNI, and it is the name that checkServerIdentity is called
// with (seen on Node 24.21, with node:https and got). So does undici's request, but not its fetch (8.13), and not HTTP/2.
export default {
  title:
    'The client is told to send a Host header of the attacker’s, whose honest certificate then has the right name.',
  family: 'names',
  holds: 'other-certificate',
  stoppedBy: ['own-host-header', 'hostname', 'certificate-pin', 'key-pin'],
  remedy: 'Take the host from the address, once, and give that one name to SNI, to the name check and to the pins.',
  hostHeader: 'elsewhere',
  present: (_host, forger) => forger.otherHost(),
  control: 'none-host-header',
  references: [
    'lib/_http_agent.js of Node: calculateServerName',
    'https://github.com/nodejs/undici: Request sets servername from the Host header',
    'RFC 9110 section 4.3.4: the identity to check is that of the URI',
  ],
} satisfies Attack
