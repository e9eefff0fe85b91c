import type { Reference } from '../reference.ts'

const PYTHON = '/usr/bin/python3'
const VERSION = 'import platform, httpx; print("httpx", httpx.__version__ + ", Python", platform.python_version())'

export default {
  title: 'httpx.',
  source: 'https://www.python-httpx.org/advanced/ssl/',
  needs: [{ command: PYTHON, debian: 'python3-httpx', probe: ['-c', 'import httpx'] }],
  version: [PYTHON, '-c', VERSION],
  variants: {
    unpinned: {
      title: 'httpx.get with an SSL context.',
      command: PYTHON,
      args: ['{here}/unpinned.py', '{url}', '{ca}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'An SSL context that trusts one certificate, the server’s own.',
      command: PYTHON,
      args: ['{here}/pinned.py', '{url}', '{cert}'],
      finding: 'pinned by certificate',
    },
    'pinned-late': {
      title: 'An event hook that compares the certificate of the connection on which the answer came.',
      command: PYTHON,
      args: ['{here}/pinned-late.py', '{url}', '{ca}', '{cert}'],
      finding: 'notices too late',
    },
  },
} satisfies Reference
