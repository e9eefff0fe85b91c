import type { Reference } from '../reference.ts'

const PROGRAMS = ['unpinned', 'pinned', 'any-presented', 'resumed']
const PINS = ['{pin}', '{pin:backup}']

export default {
  title: 'net/http, of Go’s standard library.',
  source: 'https://pkg.go.dev/crypto/tls#Config',
  needs: [{ command: 'go', debian: 'golang-go' }],
  version: ['go', 'version'],
  prepare: PROGRAMS.map((name) => ['go', 'build', '-o', `{work}/${name}`, `{here}/${name}.go`] as const),
  variants: {
    unpinned: {
      title: 'A transport with RootCAs.',
      command: '{work}/unpinned',
      args: ['{url}', '{ca}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'The same, and VerifyConnection compares the hash of the leaf’s key.',
      command: '{work}/pinned',
      args: ['{url}', '{ca}', ...PINS],
      finding: 'pinned by key',
    },
    'any-presented': {
      title: 'InsecureSkipVerify, and VerifyPeerCertificate looks for the pin among all certificates that were sent.',
      command: '{work}/any-presented',
      args: ['{url}', ...PINS],
      finding: 'pinned by key',
      beatenBy: ['append-pinned-leaf', 'walk-dn-collision-leaf'],
    },
    resumed: {
      title: 'VerifyPeerCertificate compares the leaf’s key, and resumes sessions of an unpinned part of the app.',
      command: '{work}/resumed',
      args: ['VerifyPeerCertificate', '{url}', '{ca}', ...PINS],
      road: 'takeover',
      finding: 'unpinned',
    },
    'resumed-pinned': {
      title: 'VerifyConnection compares the leaf’s key, and resumes sessions of an unpinned part of the app.',
      command: '{work}/resumed',
      args: ['VerifyConnection', '{url}', '{ca}', ...PINS],
      road: 'takeover',
      finding: 'pinned by key',
    },
  },
} satisfies Reference
