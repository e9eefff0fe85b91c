import { expect, test } from '@jest/globals'
import type { ReferenceVariant } from '#client/references.ts'
import type { Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { describeWithReferences, type Played, playHere, referencesHere, there } from '../support/references.ts'
import { ATTACKS, BY_KEY, expectFinding, expectSeen, NEW_KEY, RENEWALS, type Seen, UNPINNED } from './both-ends.ts'

/** To which the connector of undici's documentation falls; for the first the attacker holds nothing at all. */
const CA_FINGERPRINT = [
  ...['bad-signature', 'other-host', 'same-pinned-ca-other-host', 'ca-bit-switch', 'pathlen-switch'],
  ...['walk-dn-collision-int', 'walk-dn-collision-leaf', 'walk-dn-collision-root'],
]

/** Java takes RSA of 1024 bits, and not a chain with another leaf of the same name in it. */
const JVM = ['trusted-authority', 'stolen-key', 'append-pinned-leaf', 'weak-key']

/** By entry and variant. */
const SEEN: Readonly<Record<string, Readonly<Record<string, Seen>>>> = {
  okhttp: { unpinned: { falls: JVM, locksOut: [] }, pinned: { falls: BY_KEY, locksOut: NEW_KEY } },
  reqwest: {
    unpinned: { falls: UNPINNED, locksOut: [] },
    pinned: { falls: BY_KEY, locksOut: NEW_KEY },
    'certs-only': { falls: [], locksOut: [] },
  },
  fetch: { unpinned: { falls: UNPINNED, locksOut: [] }, pinned: { falls: BY_KEY, locksOut: NEW_KEY } },
  undici: {
    unpinned: { falls: UNPINNED, locksOut: [] },
    pinned: { falls: BY_KEY, locksOut: NEW_KEY },
    'ca-fingerprint': { falls: [...CA_FINGERPRINT, 'expired-genuine-stolen-key'], locksOut: [] },
  },
  axios: { unpinned: { falls: UNPINNED, locksOut: [] }, pinned: { falls: BY_KEY, locksOut: NEW_KEY } },
  chromium: { unpinned: { falls: [...UNPINNED, 'weak-key'], locksOut: [] } },
}

const STACK: Play = { road: 'takeover', attacks: [...ATTACKS, ...RENEWALS, ...CA_FINGERPRINT] }
/** A browser is many processes, and each play starts one of its own. */
const BROWSER: Play = { road: 'takeover', attacks: [...ATTACKS, ...RENEWALS], jobs: 2 }
const DOTS: Play = { road: 'proxy', attacks: [...ATTACKS, ...RENEWALS, 'host-trailing-dot', 'none-trailing-dot'] }

const here = await referencesHere(...Object.keys(SEEN).map((id) => `${id}-*`))
const ids = Object.entries(SEEN).flatMap(([id, variants]) => Object.keys(variants).map((name) => `${id}-${name}`))
/** It is held on the proxy road, below. */
const DOTTED = 'okhttp-pinned-by-name'

test('what each falls to is written down', () => {
  const skipped = here.takeover.skipped.map((line) => line.split(':')[0] ?? '')
  expect(new Set([...here.takeover.ready.map(({ id }) => id), ...skipped])).toEqual(new Set([...ids, DOTTED]))
})

for (const [entry, seen] of Object.entries(SEEN)) {
  const { takeover } = await referencesHere(`${entry}-*`)
  // Whether it can be made ready is known only afterwards, and Jest wants to know at once what is skipped.
  const world =
    takeover.ready.length > 0 ? await played(takeover.ready, entry === 'chromium' ? BROWSER : STACK) : undefined

  describeWithReferences(`${entry} on the takeover road`, { ...takeover, ready: world ? takeover.ready : [] }, () => {
    const names = Object.keys(seen)

    test.each(names)('%s is found to be what its entry expects', (name) => {
      expectFinding(there(world), `${entry}-${name}`)
    })

    test.each(names)('%s falls to what is written here, and to nothing else, at both ends', (name) => {
      expectSeen(there(world), `${entry}-${name}`, there(seen[name]))
    })
  })
}

const { proxy } = await referencesHere(DOTTED)
const dotted = proxy.ready.length > 0 ? await played(proxy.ready, DOTS) : undefined

describeWithReferences(
  'OkHttp, pinned by name, on the proxy road',
  { ...proxy, ready: dotted ? proxy.ready : [] },
  () => {
    test('a dot at the end of the host leaves the pin behind, and nothing else does', () => {
      expectFinding(there(dotted), DOTTED)
      expectSeen(there(dotted), DOTTED, { falls: [...BY_KEY, 'host-trailing-dot'], locksOut: NEW_KEY })
    })
  },
)

interface Play {
  readonly road: Road
  readonly attacks: readonly string[]
  readonly jobs?: number
}

/** Undefined where what it needs cannot be fetched; nobody is to blame for that, but in CI it has to be mended. */
function played(ready: readonly ReferenceVariant[], play: Play): Promise<Played | undefined> {
  return playHere(ready, play).catch((error: unknown) => {
    const cannotFetch = error instanceof LabError && error.code === 'REFERENCE_UNPREPARED'
    if (!cannotFetch || process.env.REQUIRE_REFERENCE === '1') throw error
    process.stderr.write(`skipped: ${error.message}: ${error.details.at(-1) ?? ''}\n`)
    return undefined
  })
}
