import type { Attack } from '../attack.ts'

const below = (host: string) => `xn--bcher-kva.${host}`

// In `xn--bcher-kva` no character of the name begins with an x: the label is one whole, and means “bücher”.
export default {
  title: 'The client is led to an international name below the host, and a part of its encoded label is an asterisk.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['pinned-hosts-only', 'certificate-pin', 'authority-pin'],
  remedy: 'Refuse hosts that no pin covers, and an asterisk that is not a whole label.',
  spelling: below,
  present: (host, forger) =>
    forger.signedBy('trusted', below(host), { irregular: { alternativeNames: [{ dns: `x*.${host}` }] } }),
  references: ['CVE-2023-28321: curl before 8.1', 'RFC 9525 section 6.3'],
} satisfies Attack
