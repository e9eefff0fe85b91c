import { certificatePinnedGot } from '#pin/got.ts'
import type { Client } from '../client.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Trusts the one certificate that it was shipped with and no authority, under whatever name it is met.',
  deployment: 'self-signed',
  checks: ['sane-environment', 'own-host-header', 'modern-tls', 'certificate-pin', 'validity'],
  open: ({ origin, shipped, lookup, proxy, timeout }) =>
    openAt(
      origin,
      certificatePinnedGot({
        certificates: [shipped.certificate],
        // The article's choice: the emulator reaches its host as 10.0.2.2. Nobody else holds the certificate's key.
        hostname: 'ignored-by-choice',
        timeout,
        ...(lookup && { lookup }),
        ...(proxy !== undefined && { proxy }),
      }),
    ),
} satisfies Client
