import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { DOMParser } from '@xmldom/xmldom'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { escapeAttribute, escapeText } from '#lab/reporters/junit/xml.ts'
import junit from '#lab/reporters/junit.ts'
import type { Run } from '#lab/result.ts'
import { HOSTILE, hostileRun, realRun } from './runs.ts'

let run: Run
beforeAll(async () => {
  run = await realRun()
}, 60_000)

interface Case {
  readonly suite: string
  readonly name: string
  readonly family: string
  readonly problem: string | undefined
  readonly message: string
  readonly text: string
}

/** What fast-xml-parser reads. */
function casesOf(xml: string): Case[] {
  expect(XMLValidator.validate(xml)).toBe(true)
  const parser = new XMLParser({
    ignoreAttributes: false,
    parseTagValue: false,
    trimValues: false,
    htmlEntities: true,
    isArray: (name) => ['testsuite', 'testcase', 'property'].includes(name),
  })
  // The shape is the one that this test is about; a wrong one fails below.
  const read = parser.parse(xml) as { testsuites: { testsuite: Suite[] } }
  return read.testsuites.testsuite.flatMap((suite) =>
    suite.testcase.map((one) => {
      const problem = (['failure', 'error'] as const).find((kind) => one[kind] !== undefined)
      const inside = problem ? one[problem] : undefined
      return {
        suite: suite['@_name'],
        name: one['@_name'],
        family: one['@_classname'],
        problem,
        message: inside?.['@_message'] ?? '',
        text: inside?.['#text'] ?? '',
      }
    }),
  )
}

type Problem = { '@_message': string; '#text': string }
interface Suite {
  '@_name': string
  testcase: { '@_name': string; '@_classname': string; failure?: Problem; error?: Problem }[]
}

/** What xmldom reads, strictly. */
function domCasesOf(xml: string): Case[] {
  const dom = new DOMParser({
    onError: (level, message) => {
      // It warns of each U+FFFD, which is what stands for the characters that XML cannot carry.
      if (level !== 'warning') throw new Error(`${level}: ${message}`)
    },
  }).parseFromString(xml, 'text/xml')
  return [...dom.getElementsByTagName('testcase')].map((one) => {
    const inside = [...one.childNodes].find(({ nodeName }) => ['failure', 'error'].includes(nodeName))
    const element = inside && [...one.getElementsByTagName(inside.nodeName)][0]
    return {
      suite:
        [...dom.getElementsByTagName('testsuite')].find((suite) => suite === one.parentNode)?.getAttribute('name') ??
        '',
      name: one.getAttribute('name') ?? '',
      family: one.getAttribute('classname') ?? '',
      problem: element?.nodeName,
      message: element?.getAttribute('message') ?? '',
      text: element?.textContent ?? '',
    }
  })
}

describe.each([
  ['fast-xml-parser', casesOf],
  ['xmldom', domCasesOf],
])('read back by %s', (_name, read) => {
  test('a suite per client, a case per attack, of its family', () => {
    const cases = read(junit.render(run))
    expect(cases.map(({ suite, name, family }) => ({ client: suite, attack: name, family }))).toEqual(
      run.clients.flatMap(({ id }) =>
        run.attacks.map((attack) => ({ client: id, attack: attack.id, family: attack.family })),
      ),
    )
  })

  test('a surprise is a failure with both ends’ evidence, an inconclusive play an error, all else neither', () => {
    const cases = read(junit.render(run))
    for (const result of run.results) {
      const one = cases.find(({ suite, name }) => suite === result.client && name === result.attack)
      const wanted = result.verdict === 'inconclusive' ? 'error' : result.surprise ? 'failure' : undefined
      expect([result.attack, result.client, one?.problem]).toEqual([result.attack, result.client, wanted])
      if (wanted === undefined) continue
      expect(one?.message).toContain(result.why)
      expect(one?.text).toContain('the client said')
      expect(one?.text).toContain(`${result.evidence.applicationBytes} application bytes`)
    }
    const lie = cases.find(({ suite, name }) => suite === 'liar' && name === 'trusted-authority')
    expect(lie?.text).toMatch(
      /accepted after \d+ ms: status 200, “INTERCEPTED: [\s\S]*the token eyJ[\s\S]*GET \/api\.nasa\.gov/,
    )
  })

  test('hostile text comes back as it was, but for characters that XML cannot carry', () => {
    const cases = read(junit.render(hostileRun()))
    expect(cases).toHaveLength(2)
    expect(cases[0]?.name).toBe(carried(HOSTILE))
    expect(cases[0]?.message).toContain(carried(HOSTILE))
    expect(cases[0]?.text).toContain(carried(HOSTILE))
  })
})

/** As XML 1.0 can say it. */
function carried(text: string): string {
  return text
    .replace('\u0000', '␀')
    .replace('\u001b', '␛')
    .replace('\u0085', '\ufffd')
    .replace('\ud800', '\ufffd')
    .replace('\uffff', '\ufffd')
}

const python = spawnSync('python3', ['--version']).status === 0 ? test : test.skip

python('read back by Python’s own parser, hostile text and all', () => {
  const script = [
    'import json, sys, xml.etree.ElementTree as tree',
    'root = tree.fromstring(sys.stdin.buffer.read())',
    'print(json.dumps([[s.get("name"), c.get("name")] for s in root for c in s.iter("testcase")]))',
  ].join('\n')
  for (const one of [run, hostileRun()]) {
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: junit.render(one) })
    expect(String(stderr)).toBe('')
    const wanted = one.clients.flatMap(({ id }) => one.attacks.map((attack) => [carried(id), carried(attack.id)]))
    expect(JSON.parse(String(stdout))).toEqual(wanted)
  }
})

test('what is not applicable is skipped, and says what is lacking', () => {
  const dom = new DOMParser().parseFromString(junit.render(run), 'text/xml')
  const skipped = [...dom.getElementsByTagName('skipped')]
  expect(skipped.map((one) => one.getAttribute('message'))).toEqual(
    run.clients.flatMap(({ id }) =>
      run.results.filter((one) => one.client === id && one.verdict === 'not-applicable').map(({ why }) => why),
    ),
  )
  expect(skipped.length).toBeGreaterThan(1)
  for (const { parentNode } of skipped) {
    const found = parentNode && [...parentNode.childNodes].map(({ nodeName }) => nodeName)
    expect(found?.filter((name) => name !== '#text')).toEqual(['skipped', 'system-out'])
  }
})

test('totals add up, and versions and standing are told', () => {
  const xml = junit.render(run)
  const [, ...head] = /<testsuites .*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml) ?? []
  const errors = run.results.filter(({ verdict }) => verdict === 'inconclusive').length
  const skipped = run.results.filter(({ verdict }) => verdict === 'not-applicable').length
  expect(head.map(Number)).toEqual([run.results.length, run.surprises - errors, errors, skipped])
  expect(xml).toContain('<property name="version.lab" value="0.1.0"/>')
  expect(xml).toContain('<property name="seed" value="7"/>')
  expect(xml).toContain('<property name="standing" value="pinned"/>')
  expect(xml).toMatch(/timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/)
})

test('every character that XML forbids is replaced, and none other', () => {
  // Apart, so that no two halves make a pair.
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
  const text = all.join('-')
  const read = new DOMParser({ onError: () => {} }).parseFromString(
    `<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`,
    'text/xml',
  ).documentElement
  const isLegal = (character: string) => /[\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]/.test(character)
  const forbidden = all.flatMap((character, code) => (isLegal(character) ? [] : [code]))
  for (const seen of [read?.getAttribute('b'), read?.textContent]) {
    expect(seen).toHaveLength(text.length)
    expect(all.flatMap((character, code) => (seen?.[2 * code] === character ? [] : [code]))).toEqual(forbidden)
  }
})
