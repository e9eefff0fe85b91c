import { beforeAll, expect, test } from '@jest/globals'
import { ROADS } from '#kit/check.ts'
import { choiceOf, queryOf, SETTINGS, sceneIn, settingOf } from '#lab/dashboard/scene.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'

let catalogues: Catalogues
beforeAll(async () => {
  catalogues = await loadCatalogues()
}, 60_000)

const scene = (query: string) => sceneIn(new URLSearchParams(query), catalogues)

/** What a faulty address is answered with. */
function complaint(query: string): unknown {
  try {
    scene(query)
  } catch (error) {
    return error
  }
  throw new Error(`?${query} is a scene`)
}

test('who names nothing sees an unpinned client deceived by an authority that it trusts', () => {
  const { client, attack, ...how } = scene('')
  expect({ client: client.id, attack: attack.id, ...how }).toEqual({
    client: 'unpinned',
    attack: 'trusted-authority',
    road: 'takeover',
    enforce: false,
    unaltered: false,
  })
  expect(client).toBe(catalogues.clients.get('unpinned'))
  expect(attack).toBe(catalogues.attacks.get('trusted-authority'))
})

test.each([
  ['client=pinned-key', 'client=pinned-key&attack=trusted-authority&road=takeover'],
  ['attack=expired', 'client=unpinned&attack=expired&road=takeover'],
  ['road=proxy', 'client=unpinned&attack=trusted-authority&road=proxy'],
  ['enforce=on', 'client=unpinned&attack=trusted-authority&road=takeover&enforce=on'],
  ['answers=genuine', 'client=unpinned&attack=trusted-authority&road=takeover&answers=genuine'],
])('of ?%s the rest is as if nothing had been named', (query, whole) => {
  expect(queryOf(scene(query))).toBe(whole)
})

const WAYS = ROADS.flatMap((road) =>
  [false, true].flatMap((enforce) => [false, true].map((unaltered) => ({ road, enforce, unaltered }))),
)

test.each(WAYS)('every client under every attack is found again under its own address: %j', (way) => {
  const queries = new Set<string>()
  const lost: string[] = []
  for (const client of catalogues.clients.values()) {
    for (const attack of catalogues.attacks.values()) {
      const query = queryOf({ client, attack, ...way })
      const found = scene(query)
      const same = found.client === client && found.attack === attack && queryOf(found) === query
      if (!same || found.road !== way.road || found.enforce !== way.enforce || found.unaltered !== way.unaltered)
        lost.push(query)
      queries.add(query)
    }
  }
  expect(lost).toEqual([])
  expect(queries.size).toBe(catalogues.clients.size * catalogues.attacks.size)
})

test.each([
  // A world in which the named attack is none: the one it is called after, or the first in it.
  ['world=stolen-key', 'attack=stolen-key'],
  ['world=control&attack=expired', 'attack=none'],
  ['world=trusted-authority&attack=expired', 'attack=expired'],
  ['world=&attack=expired', 'attack=expired'],
  // With nobody attacking, a renewal is an attack's place in the catalogue.
  ['world=control&attack=none&rotated=new-key', 'attack=rotated-new-key'],
  ['attack=none&rotated=backup-key', 'attack=rotated-backup-key'],
  ['attack=none&rotated=', 'attack=none'],
  // An attack that sets the API up itself cannot have another set-up beside it.
  ['attack=tls12-forced&rotated=new-key', 'attack=tls12-forced&rotated=new-key'],
  ['attack=ske-tamper&rotated=new-key', 'attack=ske-tamper'],
  ['attack=expired&rotated=same-key&enforce=on', 'attack=expired&rotated=same-key&enforce=on'],
])('?%s is ?%s', (query, meant) => {
  const found = scene(query)
  expect(queryOf(found)).toBe(queryOf(scene(meant)))
  expect(queryOf(scene(queryOf(found)))).toBe(queryOf(found))
  const named = new URLSearchParams(meant)
  expect([found.attack.id, found.rotated ?? null]).toEqual([named.get('attack'), named.get('rotated')])
})

test('every world has an attack, and every attack is in one', () => {
  const reached = new Set(SETTINGS.map((world) => settingOf(scene(`world=${world}`).attack)))
  expect(reached).toEqual(new Set(SETTINGS))
})

test('a renewal with nobody attacking is chosen as that', () => {
  expect(choiceOf(scene('attack=rotated-new-key'))).toEqual({ attack: 'none', rotated: 'new-key' })
  expect(choiceOf(scene('attack=expired&rotated=same-key'))).toEqual({ attack: 'expired', rotated: 'same-key' })
  expect(choiceOf(scene('attack=none'))).toEqual({ attack: 'none' })
})

test.each([
  ['world=heaven', "there is no world called 'heaven'", /control.*stolen-key/],
  ['rotated=yes', "there is no rotation called 'yes'", /same-key.*new-key/],
])('?%s is no scene', (query, message, hint) => {
  const error = complaint(query)
  expect(error).toMatchObject({ code: 'SCENE_INVALID', message, hint: expect.stringMatching(hint) })
})

test('each way in which the two may meet has an address of its own', () => {
  const queries = WAYS.map((way) => queryOf({ ...scene(''), ...way }))
  expect(new Set(queries).size).toBe(8)
})

test('an address has the same spelling in whatever order its fields stand, and whatever stands beside them', () => {
  const fields = ['client=pinned-key', 'attack=expired', 'road=proxy', 'enforce=on', 'answers=genuine']
  const spellings = orders(fields).map((order) => queryOf(scene(`${order.join('&')}&x=1&client=unpinned`)))
  expect(spellings).toHaveLength(120)
  expect(new Set(spellings)).toEqual(new Set([fields.join('&')]))
})

test.each(['', 'enforce=', 'enforce=off', 'enforce=1', 'enforce=ON', 'enforce=off&enforce=on'])(
  'the API of ?%s does not enforce',
  (query) => {
    expect(scene(query).enforce).toBe(false)
  },
)

test.each(['', 'answers=', 'answers=altered', 'answers=Genuine', 'answers=altered&answers=genuine'])(
  'the answers of ?%s are altered',
  (query) => {
    expect(scene(query).unaltered).toBe(false)
  },
)

test.each([
  ['client=unpined', "there is no client called 'unpined'", "did you mean 'unpinned'?"],
  ['attack=trusted-autority', "there is no attack called 'trusted-autority'", "did you mean 'trusted-authority'?"],
  ['client=Unpinned&road=proxy', "there is no client called 'Unpinned'", "did you mean 'unpinned'?"],
  ['attack=zzzzzzzzzzzzzzzzzzzzzzzzzzzz', "there is no attack called 'zzzzzzzzzzzzzzzzzzzzzzzzzzzz'", undefined],
  // What every object has is no client.
  ['client=constructor', "there is no client called 'constructor'", undefined],
  ['client=__proto__', "there is no client called '__proto__'", undefined],
  ['client=*', "there is no client called '*'", undefined],
])('?%s names nobody: %s', (query, message, hint) => {
  const error = complaint(query)
  expect(error).toMatchObject({ name: 'LabError', code: 'UNKNOWN_ID', message })
  if (hint !== undefined) expect(error).toMatchObject({ hint })
  else expect(error).not.toMatchObject({ hint: expect.stringContaining('did you mean') })
})

test.each(['', 'prox', 'Proxy', 'proxy ', 'takeover,proxy'])(
  '%j is no road, and the two that are there are named',
  (road) => {
    expect(complaint(new URLSearchParams({ road }).toString())).toMatchObject({
      name: 'LabError',
      code: 'SCENE_INVALID',
      message: `there is no road called '${road}'`,
      hint: expect.stringMatching(/takeover.*proxy/),
    })
  },
)

function orders(fields: readonly string[]): string[][] {
  if (fields.length < 2) return [[...fields]]
  return fields.flatMap((first) => orders(fields.filter((one) => one !== first)).map((rest) => [first, ...rest]))
}
