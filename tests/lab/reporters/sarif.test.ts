import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, expect, test } from '@jest/globals'
import Ajv from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { CHECKS } from '#kit/check.ts'
import { weaknessesOf } from '#lab/reporters/sarif/weaknesses.ts'
import sarif from '#lab/reporters/sarif.ts'
import type { Run } from '#lab/result.ts'
import { HOSTILE, hostileRun, realRun } from './runs.ts'

let run: Run
beforeAll(async () => {
  run = await realRun()
}, 60_000)

// The official schema, from the package in which Microsoft's SARIF tools for JavaScript carry it.
const schema = JSON.parse(
  readFileSync(
    createRequire(import.meta.url)
      .resolve('@microsoft/jest-sarif')
      .replace(/index\.js$/, 'schemas/sarif-2.1.0-rtm.5.json'),
    'utf8',
  ),
)
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const valid = ajv.compile(schema)

interface Rule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly help: { readonly text: string }
  readonly properties: { readonly tags: readonly string[] }
}
interface Finding {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[]
  readonly partialFingerprints: Readonly<Record<string, string>>
}

function read(text: string): {
  driver: { version: string; rules: Rule[] }
  results: Finding[]
  invocations: object[]
  id: string
} {
  const { runs } = JSON.parse(text)
  const [{ tool, results, invocations, automationDetails }] = runs
  return { driver: tool.driver, results, invocations, id: automationDetails.id }
}

test.each(['real', 'hostile', 'empty'])('a %s run is valid by the official schema', (which) => {
  const one =
    { real: run, hostile: hostileRun(), empty: { ...run, results: [], attacks: [], clients: [], versions: {} } }[
      which
    ] ?? run
  const log = JSON.parse(sarif.render(one))
  valid(log)
  expect(valid.errors ?? []).toEqual([])
  expect(log.version).toBe('2.1.0')
})

test('the schema would notice', () => {
  const log = JSON.parse(sarif.render(run))
  log.runs[0].results[0].level = 'terrible'
  expect(valid(log)).toBe(false)
})

test('a rule per attack, each with help and tags', () => {
  const { rules } = read(sarif.render(run)).driver
  expect(rules.map(({ id }) => id)).toEqual(run.attacks.map(({ id }) => id))
  for (const rule of rules) {
    expect(rule.help.text).toContain(rule.shortDescription.text)
    expect(rule.help.text).toMatch(/The attacker holds .+\.\n/)
  }
  const tags = Object.fromEntries(
    rules.map(({ id, properties }) => [id, properties.tags.filter((tag) => tag.startsWith('CWE'))]),
  )
  expect(tags).toMatchObject({
    none: [],
    'stranger-authority': ['CWE-295', 'CWE-296', 'CWE-300'],
    'trusted-authority': ['CWE-295', 'CWE-300'],
    'other-host': ['CWE-295', 'CWE-297', 'CWE-300'],
    expired: ['CWE-295', 'CWE-298', 'CWE-300'],
  })
  expect(rules.find(({ id }) => id === 'expired')?.properties.tags).toContain('external/cwe/cwe-298')
})

test('every check that can be missing has its weakness, and an attack can name one more', () => {
  const attack = {
    id: 'a',
    title: 'A.',
    family: 'trust',
    holds: 'nothing',
    references: ['CWE-757: downgrade'],
  } as const
  for (const check of CHECKS) {
    expect(weaknessesOf({ ...attack, stoppedBy: [check] })).toEqual(
      expect.arrayContaining(['CWE-295', 'CWE-300', 'CWE-757']),
    )
  }
})

test('a result per surprise, at the client, with both ends’ words', () => {
  const { driver, results } = read(sarif.render(run))
  const surprising = run.results.filter(({ surprise }) => surprise)
  expect(surprising.length).toBeGreaterThan(3)
  expect(results.map(({ partialFingerprints }) => partialFingerprints['attackAndClient/v1'])).toEqual(
    surprising.map(({ attack, client }) => `${attack}/${client}`),
  )
  for (const [index, result] of results.entries()) {
    expect(result.level).toBe('error')
    expect(driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
    expect(result.message.text).toContain(surprising[index]?.why)
    expect(result.message.text).toMatch(/the client said[\s\S]*the attacker saw[\s\S]*both ends, in ms/)
  }
})

test('a finding is at a file that is there: the client’s own, or the attack’s where the client comes from outside', () => {
  const { results } = read(sarif.render(run))
  const uris = results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri ?? '')
  for (const uri of uris) expect([uri, existsSync(new URL(`../../../${uri}`, import.meta.url))]).toEqual([uri, true])
  // Both of these clients are the tests' own.
  const outside = results.findIndex(({ partialFingerprints }) =>
    ['trusted-authority/liar', 'trusted-authority/stillborn'].includes(partialFingerprints['attackAndClient/v1'] ?? ''),
  )
  expect(uris[outside]).toBe('mitm/attacks/trusted-authority.ts')
  const unexpected = run.results.map((result) =>
    result.client === 'unpinned' && result.verdict !== 'not-applicable' ? { ...result, surprise: true } : result,
  )
  const own = read(sarif.render({ ...run, results: unexpected })).results.find(({ partialFingerprints }) =>
    partialFingerprints['attackAndClient/v1']?.endsWith('/unpinned'),
  )
  expect(own?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('services/client/clients/unpinned.ts')
})

test('what is not applicable is counted, and is no finding', () => {
  const log = JSON.parse(sarif.render(run))
  const [{ properties, results }] = log.runs
  const unplayed = run.results.filter(({ verdict }) => verdict === 'not-applicable')
  expect(unplayed.length).toBeGreaterThan(1)
  expect(properties.verdicts['not-applicable']).toBe(unplayed.length)
  expect(properties.seed).toBe(7)
  const found = results.map(({ partialFingerprints }: Finding) => partialFingerprints['attackAndClient/v1'])
  for (const { attack, client } of unplayed) expect(found).not.toContain(`${attack}/${client}`)
})

test('it tells which tool of which version ran when, and in which category', () => {
  const { driver, invocations, id } = read(sarif.render(run))
  expect(driver.version).toBe('0.1.0')
  expect(invocations).toEqual([
    { executionSuccessful: true, startTimeUtc: run.startedAt, endTimeUtc: expect.stringMatching(/^\d{4}-.*Z$/) },
  ])
  expect(id).toBe('pinning-lab/embedded/takeover/')
})

test('hostile text comes back as it was', () => {
  const { results } = read(sarif.render(hostileRun()))
  expect(results[0]?.ruleId).toBe(HOSTILE)
  expect(results[0]?.message.text).toContain(HOSTILE)
})
