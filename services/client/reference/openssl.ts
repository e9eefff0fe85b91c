import type { Reference } from '../reference.ts'

const ADDRESS = ['{host}', '{port}', '{path}', '{ca}']
const PINS = ['{pin}', '{pin:backup}']

export default {
  title: 'openssl s_client, with a request written by hand.',
  source: 'https://docs.openssl.org/3.0/man1/openssl-s_client/',
  needs: [{ command: 'openssl', debian: 'openssl' }],
  version: ['openssl', 'version'],
  variants: {
    unpinned: {
      title: 'Ends the handshake when chain or host name are wrong.',
      command: 'sh',
      args: ['{here}/unpinned.sh', ...ADDRESS],
      finding: 'unpinned',
    },
    pinned: {
      title: 'Compares the hash of the key on the connection that is open, and only then sends the request.',
      command: 'sh',
      args: ['{here}/pinned.sh', ...ADDRESS, ...PINS],
      finding: 'pinned by key',
    },
    'pinned-late': {
      title: 'Sends the request, and then compares the hash of the key.',
      command: 'sh',
      args: ['{here}/pinned-late.sh', ...ADDRESS, ...PINS],
      finding: 'notices too late',
    },
  },
} satisfies Reference
