import type { Attack } from '../attack.ts'

export default {
  title: 'The attacker speaks TLS 1.1 at most, with the weak ciphers of its time, whatever the client offers.',
  family: 'protocol',
  holds: 'trusted-authority',
  stoppedBy: ['modern-tls', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Leave minVersion at TLSv1.2 or above, and the security level of the ciphers as it is.',
  present: async (host, forger) => ({
    ...(await forger.signedBy('trusted', host)),
    // Both sums of the old handshake are SHA-1, which OpenSSL 3 takes at level 0 only.
    tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
  }),
  references: ['RFC 8996: deprecating TLS 1.0 and 1.1', 'badssl.com: tls-v1-1', 'CWE-757'],
} satisfies Attack
