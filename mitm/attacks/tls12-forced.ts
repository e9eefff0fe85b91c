import type { Attack } from '../attack.ts'

// A client that refuses a pin has completed this handshake, and under mutual TLS has shown its own certificate by then:
// nobody may tell a refusal from the handshake's end.
export default {
  title: 'An authority that the device trusts has signed for the attacker, who speaks TLS 1.2 only.',
  family: 'protocol',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Check the pin in checkServerIdentity, before the socket is handed out, in every version of TLS.',
  present: async (host, forger) => ({
    ...(await forger.signedBy('trusted', host)),
    tls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' },
  }),
  references: ['RFC 5246 section 7.3', 'RFC 8446 section 2'],
} satisfies Attack
