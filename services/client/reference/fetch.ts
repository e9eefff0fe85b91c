import type { Reference } from '../reference.ts'

export default {
  title: 'The fetch of Node.',
  source: 'https://undici.nodejs.org/#/?id=undicisetglobaldispatcherdispatcher',
  needs: [{ command: 'node', debian: 'nodejs' }],
  version: ['node', '--print', "'Node ' + process.version + ', its undici ' + process.versions.undici"],
  variants: {
    unpinned: {
      title: 'fetch as it comes: it trusts whom Node trusts.',
      command: 'node',
      args: ['{here}/unpinned.mjs'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'fetch with a global dispatcher of the package undici, whose checkServerIdentity compares the leaf’s key.',
      command: 'node',
      args: ['{here}/pinned.mjs'],
      finding: 'pinned by key',
    },
  },
} satisfies Reference
