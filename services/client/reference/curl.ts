import type { Reference } from '../reference.ts'

const USUAL = ['--silent', '--show-error', '--fail', '--header', 'approov-token: {token}']

export default {
  title: 'curl, the command.',
  source: 'https://curl.se/docs/manpage.html#--pinnedpubkey',
  needs: [{ command: 'curl', debian: 'curl' }],
  version: ['curl', '--version'],
  variants: {
    unpinned: {
      title: 'curl with a file of authorities.',
      command: 'curl',
      args: [...USUAL, '--cacert', '{ca}', '{url}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'curl with a file of authorities, and --pinnedpubkey.',
      command: 'curl',
      args: [...USUAL, '--cacert', '{ca}', '--pinnedpubkey', '{pin:curl}', '{url}'],
      finding: 'pinned by key',
    },
    // "--insecure" does not undo the pin: it leaves nothing but the pin, neither chain, name nor validity.
    'pinned-insecure': {
      title: 'curl with --pinnedpubkey and --insecure.',
      command: 'curl',
      args: [...USUAL, '--insecure', '--pinnedpubkey', '{pin:curl}', '{url}'],
      finding: 'pinned by key',
    },
  },
} satisfies Reference
