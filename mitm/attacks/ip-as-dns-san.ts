import type { Attack } from '../attack.ts'

const ADDRESS = '127.0.0.1'

export default {
  title: 'The client is told to ask for an address, and the certificate has that address as a DNS name.',
  family: 'names',
  holds: 'trusted-authority',
  stoppedBy: ['pinned-hosts-only', 'hostname', 'certificate-pin', 'authority-pin'],
  remedy: 'Compare an address with the IP addresses of the subjectAltName, and with nothing else.',
  spelling: () => ADDRESS,
  present: (_host, forger) =>
    forger.signedBy('trusted', ADDRESS, { irregular: { alternativeNames: [{ dns: ADDRESS }] } }),
  references: ['RFC 9525 section 6.4', 'CVE-2026-105483', 'CVE-2026-106072'],
} satisfies Attack
