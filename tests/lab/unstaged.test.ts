import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { HOST_OF } from '#client/catalogue.ts'
import { battery } from '#lab/battery.ts'
import { choose, loadCatalogues } from '#lab/experiment.ts'
import type { Stage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { NOT_STAGED, unstagedOn } from '#lab/unstaged.ts'
import { loadAttacks } from '#mitm/catalogue.ts'

const attacks = [...(await loadAttacks()).values()]
const asAddress = { spelling: () => '127.0.0.1' }

test('in one process every attack is staged', () => {
  expect(attacks.filter((attack) => unstagedOn('embedded', attack) !== undefined)).toEqual([])
  expect(unstagedOn('embedded', asAddress)).toBeUndefined()
})

test('on containers nobody takes over an address, in whatever way it is written', () => {
  for (const address of ['127.0.0.1', '[::1]', '10.0.2.2']) {
    expect(unstagedOn('compose', { spelling: () => address })).toMatch(new RegExp(`^${NOT_STAGED}`))
  }
  expect(unstagedOn('compose', {})).toBeUndefined()
  expect(unstagedOn('compose', { spelling: (host) => `${host.toUpperCase()}.` })).toBeUndefined()
})

test('an attack whose control is not staged is not staged either', () => {
  expect(unstagedOn('compose', {}, asAddress)).toBe(unstagedOn('compose', asAddress))
  expect(unstagedOn('compose', {}, {})).toBeUndefined()
})

test('on containers each name that an attack spells is the attacker’s in the café', () => {
  const [, listed = ''] =
    /aliases:\n((?:\s+(?:- |#).*\n)+)/.exec(
      readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'),
    ) ?? []
  const aliases = [...listed.matchAll(/- (\S+)/g)].map(([, name]) => name)
  expect(aliases).toContain(HOST_OF['ca-signed'])
  const asked = attacks
    .filter((attack) => unstagedOn('compose', attack) === undefined)
    .flatMap(({ id, spelling }) => Object.values(HOST_OF).map((host) => ({ id, name: spelling?.(host) ?? host })))
  const strange = asked.filter(({ name }) => !aliases.includes(name.toLowerCase().replace(/\.$/, '')))
  // Names resolve without regard to case, and a trailing dot is the root's.
  expect(strange).toEqual([])
})

test('what a stage cannot play is not applicable there, and neither a pass nor a surprise', async () => {
  const catalogues = await loadCatalogues()
  const chosen = choose(catalogues, { attack: ['no-sni-default-cert'], client: ['pinned-key'] })
  const now = () => new Date()
  await using embedded = await embeddedStage({ clients: catalogues.clients, now })
  const asContainers: Stage = { ...embedded, name: 'compose' }
  const options = { ...chosen, road: 'takeover', jobs: 1, versions: {}, now } as const
  const there = await battery(asContainers, options)
  expect(there.results.map(({ verdict, surprise }) => [verdict, surprise])).toEqual([
    ['reached', false],
    ['not-applicable', false],
  ])
  expect(there.results[1]?.why).toContain(NOT_STAGED)
  // The same stage under its own name plays it.
  expect((await battery(embedded, options)).results[1]?.verdict).toBe('blocked')
})
