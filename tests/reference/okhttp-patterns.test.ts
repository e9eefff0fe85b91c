import { afterAll, expect, test } from '@jest/globals'
import { describeWithReferences, referencesHere } from '../support/references.ts'
import { DIFFERENCES, PAIRS } from './pairs.ts'
import { compileOkHttp, everyHost, relationsToOkHttp, relationsToOurs } from './patterns-of.ts'

test('the table has at least 60 pairs, and every relation', () => {
  expect(new Set(PAIRS.map(({ pattern, host }) => `${pattern} ${host}`)).size).toBe(PAIRS.length)
  expect(PAIRS.length).toBeGreaterThanOrEqual(60)
  expect(new Set(PAIRS.map(({ relation }) => relation)).size).toBe(3)
})

test('the pinning library takes every pattern as OkHttp documents it', async () => {
  await using server = await everyHost(PAIRS)
  expect(table(PAIRS, await relationsToOurs(PAIRS, server))).toEqual(expected(PAIRS, 'relation'))
})

test('the pinning library differs from OkHttp where it was meant to', async () => {
  await using server = await everyHost(DIFFERENCES)
  expect(table(DIFFERENCES, await relationsToOurs(DIFFERENCES, server))).toEqual(expected(DIFFERENCES, 'ours'))
})

const { takeover } = await referencesHere('okhttp-pinned')
const okhttp = takeover.ready.length > 0 ? await compileOkHttp().catch(unavailable) : undefined
afterAll(async () => {
  await okhttp?.[Symbol.asyncDispose]()
})

/** Where there is no way to Maven's repository, nobody is to blame; in CI that has to be mended. */
function unavailable(error: Error): undefined {
  if (process.env.REQUIRE_REFERENCE === '1') throw error
  process.stderr.write(
    `skipped: OkHttp, asked over the network: Maven cannot have it: ${error.message.slice(0, 300)}\n`,
  )
}

const here = okhttp ? takeover : { ...takeover, ready: [] }

describeWithReferences('OkHttp, asked over the network', here, () => {
  test('takes every pattern of the table as the pinning library does, and differs where that is told', async () => {
    const pairs = [...PAIRS, ...DIFFERENCES]
    await using server = await everyHost(pairs)
    if (!okhttp) throw new Error('it was not compiled')
    const seen = table(pairs, await relationsToOkHttp(pairs, server, okhttp))
    expect(seen).toEqual([...expected(PAIRS, 'relation'), ...expected(DIFFERENCES, 'okhttp')])
  }, 300_000)
})

type Row = { readonly pattern: string; readonly host: string }

function table(pairs: readonly Row[], relations: readonly string[]): string[] {
  return pairs.map(({ pattern, host }, index) => `${pattern} ${relations[index]} ${host}`)
}

function expected<Name extends string>(pairs: readonly (Row & Readonly<Record<Name, string>>)[], name: Name): string[] {
  return table(
    pairs,
    pairs.map((pair) => pair[name]),
  )
}
