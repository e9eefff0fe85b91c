import type { Reference } from '../reference.ts'

// It asks up to twenty times by default, and remembers hosts (HSTS) in the home folder.
const USUAL = ['--quiet', '--output-document=/dev/null', '--tries=1', '--no-hsts', '--header=approov-token: {token}']

export default {
  title: 'GNU Wget, as Debian builds it with GnuTLS.',
  source: 'https://www.gnu.org/software/wget/manual/html_node/HTTPS-_0028SSL_002fTLS_0029-Options.html',
  needs: [{ command: 'wget', debian: 'wget' }],
  version: ['wget', '--version'],
  variants: {
    unpinned: {
      title: 'wget with a file of authorities.',
      command: 'wget',
      args: [...USUAL, '--ca-certificate={ca}', '{url}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'wget with a file of authorities, and --pinnedpubkey.',
      command: 'wget',
      args: [...USUAL, '--ca-certificate={ca}', '--pinnedpubkey={pin:curl}', '{url}'],
      finding: 'pinned by key',
    },
    'pinned-insecure': {
      title: 'wget with --pinnedpubkey and --no-check-certificate.',
      command: 'wget',
      args: [...USUAL, '--no-check-certificate', '--pinnedpubkey={pin:curl}', '{url}'],
      finding: 'pinned by key',
    },
  },
} satisfies Reference
