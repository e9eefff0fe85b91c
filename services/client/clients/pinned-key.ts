import { pinnedGot } from '#pin/got.ts'
import type { Client } from '../client.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Checks chain and host name, then insists on a public key that it was shipped with, or on its backup.',
  deployment: 'ca-signed',
  checks: ['pinned-hosts-only', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: ({ origin, deviceAuthorities, shipped, lookup, proxy, timeout }) =>
    openAt(
      origin,
      pinnedGot({
        // As many tuples of host pattern and pins as there are hosts: pins.json has one for each.
        pins: shipped.pins,
        ca: deviceAuthorities,
        timeout,
        ...(lookup && { lookup }),
        ...(proxy !== undefined && { proxy }),
      }),
    ),
} satisfies Client
