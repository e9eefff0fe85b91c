import { beforeAll, expect, test } from '@jest/globals'
import type { Road } from '#kit/check.ts'
import { describeWithReferences, type Played, playHere, referencesHere } from '../support/references.ts'
import { ATTACKS, BY_KEY, expectFinding, expectSeen, NEW_KEY, RENEWALS, type Seen, UNPINNED } from './both-ends.ts'

/** What each falls to among the attacks, written by hand from what was seen; to everything else it does not. */
const BY_KEY_ALONE = [...BY_KEY, 'expired-genuine-stolen-key', 'pinned-key-self-signed', 'stolen-key-other-name']
/** Verifies signatures and names, but not what a certificate was issued for, nor how old the protocol is. */
const WGET = [
  'trusted-authority',
  'stolen-key',
  'append-pinned-leaf',
  'eku-codesign',
  'ca-as-leaf',
  'weak-key',
  'tls10-tls11',
]

const LATE = UNPINNED.filter((attack) => attack !== 'stolen-key')
const SEEN: Readonly<Record<string, Seen>> = {
  'curl-unpinned': { falls: UNPINNED, locksOut: [] },
  'curl-pinned': { falls: BY_KEY, locksOut: NEW_KEY },
  'curl-pinned-insecure': { falls: BY_KEY_ALONE, locksOut: NEW_KEY },
  'wget-unpinned': { falls: WGET, locksOut: [] },
  'wget-pinned': { falls: BY_KEY, locksOut: NEW_KEY },
  'wget-pinned-insecure': { falls: BY_KEY_ALONE, locksOut: NEW_KEY },
  'openssl-unpinned': { falls: UNPINNED, locksOut: [] },
  'openssl-pinned': { falls: BY_KEY, locksOut: NEW_KEY },
  'openssl-pinned-late': { falls: UNPINNED, late: LATE, locksOut: NEW_KEY },
  'python-urllib-unpinned': { falls: UNPINNED, locksOut: [] },
  'python-urllib-pinned': { falls: [], locksOut: RENEWALS },
  // On the proxy road the host has three labels, and no asterisk stands for two of them.
  'python-requests-unpinned': { falls: [...UNPINNED, 'wildcard-too-wide'], locksOut: [] },
  'python-requests-pinned': { falls: [], locksOut: RENEWALS },
  'python-requests-toolbelt': { falls: [], locksOut: RENEWALS },
  'python-requests-toolbelt-behind-proxy': { falls: UNPINNED, locksOut: [] },
  'python-httpx-unpinned': { falls: UNPINNED, locksOut: [] },
  'python-httpx-pinned': { falls: [], locksOut: RENEWALS },
  'python-httpx-pinned-late': { falls: UNPINNED, late: UNPINNED, locksOut: RENEWALS },
  'go-unpinned': { falls: [...UNPINNED, 'ca-as-leaf', 'weak-key'], locksOut: [] },
  'go-pinned': { falls: BY_KEY, locksOut: NEW_KEY },
  'go-any-presented': { falls: [...BY_KEY_ALONE, 'append-pinned-leaf', 'walk-dn-collision-leaf'], locksOut: NEW_KEY },
  'go-resumed': { falls: [...UNPINNED, 'ca-as-leaf', 'weak-key'], locksOut: [] },
  'go-resumed-pinned': { falls: BY_KEY, locksOut: NEW_KEY },
}

const MINE = ['curl-*', 'wget-*', 'openssl-*', 'python-*', 'go-*']
const here = await referencesHere(...MINE)

test('what each falls to is written down', () => {
  const skipped = here.takeover.skipped.concat(here.proxy.skipped).map((line) => line.split(':')[0] ?? '')
  const known = [...here.takeover.ready, ...here.proxy.ready].map(({ id }) => id)
  expect(new Set([...known, ...skipped])).toEqual(new Set(Object.keys(SEEN)))
})

played(
  'takeover',
  here.takeover.ready.map(({ id }) => id),
)
played(
  'proxy',
  here.proxy.ready.filter(({ of, road }) => of.id === 'curl' || road === 'proxy').map(({ id }) => id),
)

function played(road: Road, ids: readonly string[]) {
  describeWithReferences(`reference clients on the ${road} road`, here[road], () => {
    let world: Played
    beforeAll(async () => {
      const variants = here[road].ready.filter(({ id }) => ids.includes(id))
      world = await playHere(variants, { road, attacks: [...ATTACKS, ...RENEWALS] })
    }, 300_000)

    test.each(ids)('%s is found to be what its entry expects', (id) => {
      expectFinding(world, id)
    })

    test.each(ids)('%s falls to what is written here, and to nothing else, at both ends', (id) => {
      expectSeen(world, id, SEEN[id] ?? { falls: [], locksOut: [] })
    })
  })
}
