import { pinnedGot } from '#pin/got.ts'
import type { Client, OpenClient, PinnedHost, Situation } from '../client.ts'
import { glancesApart } from '../glance.ts'
import { openAt } from '../open.ts'

export default {
  title: 'Checks chain and host name, then insists on a public key that it was shipped with, or on its backup.',
  deployment: 'ca-signed',
  checks: [
    'sane-environment',
    'pinned-hosts-only',
    'guarded-redirects',
    'own-host-header',
    'modern-tls',
    'chain',
    'validity',
    'hostname',
    'key-pin',
  ],
  can: ['unpinned-requests', 'new-pins', 'redirects'],
  open: (situation) => {
    const glances = glancesApart(situation)
    let pinned = pinnedAt(situation, situation.shipped.pins)
    return {
      get: (path, headers) => pinned.get(path, headers),
      glance: glances.glance,
      // What was agreed on under the old pins ends with them: connections and sessions alike.
      renewPins: async (pins) => {
        await pinned.close()
        pinned = pinnedAt(situation, pins)
      },
      close: async () => void (await Promise.all([pinned.close(), glances.close()])),
    }
  },
} satisfies Client

function pinnedAt(
  { origin, deviceAuthorities, lookup, proxy, timeout }: Situation,
  pins: readonly PinnedHost[],
): OpenClient {
  return openAt(origin, {
    follows: true,
    ...pinnedGot({
      // As many tuples of host pattern and pins as there are hosts: pins.json has one for each.
      pins,
      // New pins may be without a backup for the time being.
      allowSinglePin: true,
      ca: deviceAuthorities,
      timeout,
      ...(lookup && { lookup }),
      ...(proxy !== undefined && { proxy }),
    }),
  })
}
