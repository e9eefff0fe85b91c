import type { Reference } from '../reference.ts'

// By its path: a python3 that comes first on the PATH may lack what Debian's has.
const PYTHON = '/usr/bin/python3'

export default {
  title: 'urllib, of Python’s standard library.',
  source: 'https://docs.python.org/3/library/ssl.html#ssl.create_default_context',
  needs: [{ command: PYTHON, debian: 'python3' }],
  version: [PYTHON, '--version'],
  variants: {
    unpinned: {
      title: 'urlopen with a context of create_default_context(cafile).',
      command: PYTHON,
      args: ['{here}/unpinned.py', '{url}', '{ca}'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'The same, and a connection that compares the certificate before it is used.',
      command: PYTHON,
      args: ['{here}/pinned.py', '{url}', '{ca}', '{cert}'],
      finding: 'pinned by certificate',
    },
  },
} satisfies Reference
