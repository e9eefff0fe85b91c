import type { Reference } from '../reference.ts'

export default {
  title: 'undici, the package.',
  source: 'https://undici.nodejs.org/#/docs/api/Connector',
  needs: [{ command: 'node', debian: 'nodejs' }],
  version: ['node', '--print', "'undici ' + require('undici/package.json').version + ', Node ' + process.version"],
  variants: {
    unpinned: {
      title: 'undici as it comes: it trusts whom Node trusts.',
      command: 'node',
      args: ['{here}/unpinned.mjs'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'undici with a checkServerIdentity that compares the leaf’s key.',
      command: 'node',
      args: ['{here}/pinned.mjs'],
      finding: 'pinned by key',
    },
    'ca-fingerprint': {
      title: 'undici with the connector that its documentation shows, which compares the fingerprint of the authority.',
      command: 'node',
      args: ['{here}/ca-fingerprint.mjs'],
      road: 'takeover',
      finding: 'pinned',
      // It needs no authority: the genuine root's certificate, which is public, is linked to any leaf by its name.
      beatenBy: [
        'bad-signature',
        'other-host',
        'same-pinned-ca-other-host',
        'ca-bit-switch',
        'pathlen-switch',
        'walk-dn-collision-int',
        'walk-dn-collision-leaf',
        'walk-dn-collision-root',
      ],
    },
  },
} satisfies Reference
