import type { Attack } from '../attack.ts'

// OpenSSL's security level, 2 by default since 3.2, refuses keys below 112 bits of strength on both sides: at level 0 the
// attacker may show one (seen on Node 24.21), and level 1 in Node 20 and 22 takes it.
export default {
  title: 'An authority that the device trusts has signed for a key that others can break: RSA of 1024 bits.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: "Leave OpenSSL's security level alone: '@SECLEVEL=0' among the ciphers lets such keys in again.",
  present: async (host, forger) => ({
    ...(await forger.signedBy('trusted', host, { key: 'weak' })),
    tls: { ciphers: 'DEFAULT@SECLEVEL=0' },
  }),
  references: ['NIST SP 800-131A revision 2, section 3', 'badssl.com: rsa1024', 'TLSPretense'],
} satisfies Attack
