import type { Reference } from '../reference.ts'

export default {
  title: 'Chromium without a window.',
  source: 'https://chromium.googlesource.com/chromium/src/+/main/docs/linux/cert_management.md',
  needs: [
    { command: 'chromium', debian: 'chromium' },
    { command: 'certutil', debian: 'libnss3-tools' },
  ],
  // Launchers talk of the machine on stderr, before it.
  version: ['sh', '-c', 'chromium --version 2>/dev/null'],
  variants: {
    unpinned: {
      title: 'Chromium with the device’s authorities installed in its user’s certificate database.',
      command: 'sh',
      args: ['{here}/look.sh', '{url}', '{ca}', '{work}'],
      finding: 'unpinned',
    },
  },
} satisfies Reference
