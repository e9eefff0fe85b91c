import { pinnedGot } from '#pin/got.ts'
import type { Client } from '../client.ts'
import { glancesApart } from '../glance.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Checks chain and host name, then insists on an authority that it was shipped with, whatever leaf that signs.',
  deployment: 'ca-signed',
  checks: [
    'sane-environment',
    'pinned-hosts-only',
    'own-host-header',
    'modern-tls',
    'chain',
    'validity',
    'hostname',
    'authority-pin',
  ],
  can: ['unpinned-requests'],
  open: (situation) => {
    const { origin, deviceAuthorities, shipped, lookup, proxy, timeout } = situation
    const glances = glancesApart(situation)
    const pinned = openAt(
      origin,
      pinnedGot({
        // The intermediate, and the root as its backup: a leaf may be renewed with any key, and so may the intermediate.
        pins: shipped.pins.map(({ host, authorities = [] }) => ({ host, pins: authorities })),
        // Of a provided pair that a root has signed itself there is no second authority to pin.
        allowSinglePin: true,
        ca: deviceAuthorities,
        timeout,
        ...(lookup && { lookup }),
        ...(proxy !== undefined && { proxy }),
      }),
    )
    return { ...pinned, ...glances, close: async () => void (await Promise.all([pinned.close(), glances.close()])) }
  },
} satisfies Client
