import type { Reference } from '../reference.ts'

export default {
  title: 'axios on Node.',
  source: 'https://axios-http.com/docs/req_config',
  needs: [
    { command: 'node', debian: 'nodejs' },
    { command: 'npm', debian: 'npm' },
  ],
  // Its recipes go where it is installed, for a module is looked for beside the file that imports it.
  prepare: [
    ['cp', '-R', '{here}/.', '{work}'],
    ['npm', 'ci', '--prefix', '{work}', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
  ],
  version: [
    'node',
    '--print',
    "'axios ' + require('{work}/node_modules/axios/package.json').version + ', Node ' + process.version",
  ],
  variants: {
    unpinned: {
      title: 'axios as it comes: it trusts whom Node trusts.',
      command: 'node',
      args: ['{work}/unpinned.mjs'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'axios with an httpsAgent whose checkServerIdentity compares the leaf’s key.',
      command: 'node',
      args: ['{work}/pinned.mjs'],
      finding: 'pinned by key',
    },
  },
} satisfies Reference
