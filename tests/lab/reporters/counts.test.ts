import { stripVTControlCharacters } from 'node:util'
import { beforeAll, expect, test } from '@jest/globals'
import { XMLParser } from 'fast-xml-parser'
import { VERDICTS } from '#lab/judge.ts'
import { loadReporters } from '#lab/reporter.ts'
import html from '#lab/reporters/html.ts'
import json from '#lab/reporters/json.ts'
import junit from '#lab/reporters/junit.ts'
import sarif from '#lab/reporters/sarif.ts'
import table from '#lab/reporters/table.ts'
import type { Run } from '#lab/result.ts'
import { LOOK, realRun } from './runs.ts'

/** What a report says: how many plays, how many surprises, and how many of each verdict. */
interface Told {
  readonly plays: number
  readonly surprises: number
  readonly verdicts: Readonly<Record<string, number>>
}

let run: Run
let truth: Told
beforeAll(async () => {
  run = await realRun()
  truth = toldBy(run.results.map(({ verdict, surprise }) => ({ verdict, surprise })))
}, 60_000)

function toldBy(cells: readonly { verdict: string; surprise: boolean }[]): Told {
  const count = (word: string) => cells.filter(({ verdict }) => verdict === word).length
  return {
    plays: cells.length - count('not-applicable'),
    surprises: cells.filter(({ surprise }) => surprise).length,
    verdicts: Object.fromEntries(VERDICTS.map((word) => [word, count(word)])),
  }
}

test('the run has verdicts and surprises enough for the numbers to differ', () => {
  expect(truth.surprises).toBe(run.surprises)
  expect(new Set(Object.values(truth.verdicts)).size).toBeGreaterThan(3)
  expect(truth.verdicts['not-applicable']).toBeGreaterThan(1)
})

test('JSON', () => {
  const read: Run = JSON.parse(json.render(run))
  expect(read.surprises).toBe(truth.surprises)
  expect(toldBy(read.results)).toEqual(truth)
})

test('table', () => {
  const [matrix = ''] = stripVTControlCharacters(table.render(run, LOOK)).split('\n\n  ')
  const cells = [...matrix.matchAll(/(! )?[→✓✗?–] ([a-z-]+)/g)]
  expect(toldBy(cells.map(([, mark, verdict = '']) => ({ verdict, surprise: mark !== undefined })))).toEqual(truth)
})

test('HTML, in its cells, its legend, its filter and its headline', () => {
  const text = html.render(run)
  const cells = [...text.matchAll(/<td data-column="\d+" data-verdict="([a-z-]+)"( data-surprise)?>/g)]
  expect(toldBy(cells.map(([, verdict = '', mark]) => ({ verdict, surprise: mark !== undefined })))).toEqual(truth)
  const legend = [...text.matchAll(/data-count="([a-z-]+)">.*?<span class="count">(\d+)</g)]
  const filter = [...text.matchAll(/<option value="([a-z-]+)">\1 \((\d+)\)/g)]
  for (const pairs of [legend, filter]) {
    const told = Object.fromEntries(pairs.map(([, word = '', count]) => [word, Number(count)]))
    expect({ ...Object.fromEntries(VERDICTS.map((word) => [word, 0])), ...told }).toEqual(truth.verdicts)
  }
  expect(text).toContain(`${truth.surprises} of ${truth.plays} surprising`)
  expect(text).toContain(`surprising (${truth.surprises})`)
})

test('JUnit', () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseAttributeValue: true,
    isArray: (name) => ['testsuite', 'property'].includes(name),
  })
  const { testsuites } = parser.parse(junit.render(run))
  expect(testsuites['@_tests'] - testsuites['@_skipped']).toBe(truth.plays)
  expect(testsuites['@_skipped']).toBe(truth.verdicts['not-applicable'])
  expect(testsuites['@_failures'] + testsuites['@_errors']).toBe(truth.surprises)
  expect(testsuites['@_errors']).toBe(truth.verdicts.inconclusive)
  const sum = (word: string) =>
    testsuites.testsuite
      .flatMap(
        (suite: { properties: { property: { '@_name': string; '@_value': number }[] } }) => suite.properties.property,
      )
      .filter((property: { '@_name': string }) => property['@_name'] === `verdict.${word}`)
      .reduce((total: number, property: { '@_value': number }) => total + property['@_value'], 0)
  expect(Object.fromEntries(VERDICTS.map((word) => [word, sum(word)]))).toEqual(truth.verdicts)
})

test('SARIF', () => {
  const [one] = JSON.parse(sarif.render(run)).runs
  expect(one.results).toHaveLength(truth.surprises)
  expect(one.properties).toMatchObject(truth)
})

test('there is no reporter beside these five, and each has a sentence', async () => {
  const reporters = await loadReporters()
  expect([...reporters.keys()]).toEqual(['html', 'json', 'junit', 'sarif', 'table'])
  for (const { title } of reporters.values()) expect(title).toMatch(/\.$/)
})
