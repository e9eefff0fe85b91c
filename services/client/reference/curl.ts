import type { Reference } from '../reference.ts'

export default {
  title: 'curl, the command.',
  source: 'https://curl.se/docs/manpage.html#--pinnedpubkey',
  needs: [{ command: 'curl', debian: 'curl' }],
  version: ['curl', '--version'],
  variants: {
    unpinned: {
      title: 'curl with a file of authorities.',
      command: 'curl',
      args: ['--silent', '--show-error', '--fail', '--cacert', '{ca}', '{url}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'curl with a file of authorities, and --pinnedpubkey.',
      command: 'curl',
      args: ['--silent', '--show-error', '--fail', '--cacert', '{ca}', '--pinnedpubkey', '{pin:curl}', '{url}'],
      finding: 'pinned by key',
    },
  },
} satisfies Reference
