import type { Attack } from '../attack.ts'

export default {
  title: 'The signature on the certificate is over a SHA-1 hash, of which two documents can be made to share one.',
  family: 'validity',
  holds: 'trusted-authority',
  stoppedBy: ['chain', 'certificate-pin', 'key-pin', 'authority-pin'],
  remedy: "Leave OpenSSL's security level alone, and ask for the hash in a chain that is walked by hand.",
  present: (host, forger) => forger.signedBy('trusted', host, { irregular: { digest: 'sha1' } }),
  references: ['RFC 6194', 'Stevens et al., The first collision for full SHA-1, 2017', 'badssl.com: sha1-2017'],
} satisfies Attack
