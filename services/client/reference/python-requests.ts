import type { Reference } from '../reference.ts'

const PYTHON = '/usr/bin/python3'
const VERSION =
  'import platform, requests, urllib3; print("requests", requests.__version__ + ", urllib3", urllib3.__version__ + ", Python", platform.python_version())'

export default {
  title: 'requests, and urllib3 below it.',
  source: 'https://urllib3.readthedocs.io/en/1.26.x/advanced-usage.html#certificate-fingerprint',
  needs: [
    { command: PYTHON, debian: 'python3-requests', probe: ['-c', 'import requests, urllib3'] },
    { command: PYTHON, debian: 'python3-requests-toolbelt', probe: ['-c', 'import requests_toolbelt'] },
  ],
  version: [PYTHON, '-c', VERSION],
  variants: {
    unpinned: {
      title: 'requests.get with verify.',
      command: PYTHON,
      args: ['{here}/unpinned.py', '{url}', '{ca}'],
      finding: 'unpinned',
    },
    pinned: {
      title:
        'An adapter that hands assert_fingerprint to urllib3, for direct connections and for those through a proxy.',
      command: PYTHON,
      args: ['{here}/pinned.py', '{url}', '{ca}', '{cert}'],
      finding: 'pinned by certificate',
    },
    toolbelt: {
      title: 'The FingerprintAdapter of requests_toolbelt.',
      command: PYTHON,
      args: ['{here}/toolbelt.py', '{url}', '{ca}', '{cert}'],
      road: 'takeover',
      finding: 'pinned by certificate',
      beatenBy: ['proxy-connect-mitm'],
    },
    // The adapter does not hand the fingerprint to the manager of a proxy.
    'toolbelt-behind-proxy': {
      title: 'The FingerprintAdapter of requests_toolbelt, where HTTPS_PROXY is set.',
      command: PYTHON,
      args: ['{here}/toolbelt.py', '{url}', '{ca}', '{cert}'],
      road: 'proxy',
      finding: 'unpinned',
    },
  },
} satisfies Reference
