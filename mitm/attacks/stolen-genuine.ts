import type { Attack } from '../attack.ts'

// The certificate may have been revoked long since: Node asks neither a list (RFC 5280 section 5) nor a responder (RFC 6960),
// unless somebody gives it one.
export default {
  title:
    'The attacker has stolen the host’s key, and shows the genuine certificate, of which nobody asks whether it is revoked.',
  family: 'pin-bypass',
  holds: 'stolen-key',
  stoppedBy: [],
  remedy: 'Move to the backup key, and ship an app that no longer holds the pin of the stolen one.',
  present: async (host, forger) => forger.stolen(host, await forger.genuineChain(host)),
  references: [
    'badssl.com: revoked',
    'RFC 7469 section 4.3',
    'https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions: crl',
  ],
} satisfies Attack
