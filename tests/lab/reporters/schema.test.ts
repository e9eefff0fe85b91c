import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { CHECKS, REASONS, ROADS } from '#kit/check.ts'
import { VERDICTS } from '#lab/judge.ts'
import json from '#lab/reporters/json.ts'
import type { Run } from '#lab/result.ts'
import { STANDING_IN_WORDS } from '#lab/standing.ts'
import { FAMILIES, WORLDS } from '#mitm/attack.ts'
import { hostileRun, realRun } from './runs.ts'

const schema = JSON.parse(readFileSync(new URL('../../../services/lab/run.schema.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ allErrors: true, strictTypes: false })
addFormats.default(ajv)
const valid = ajv.compile(schema)

function complaints(run: unknown): string[] {
  valid(run)
  return (valid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

let run: Run
beforeAll(async () => {
  run = await realRun()
}, 60_000)

test('a real run is valid, as the JSON report writes it', () => {
  expect(json.render(run)).toBe(`${JSON.stringify(run, null, 2)}\n`)
  const written = JSON.parse(json.render(run))
  expect(complaints(written)).toEqual([])
  expect(written.results.some(({ evidence }: Run['results'][number]) => evidence.presented !== undefined)).toBe(true)
})

test('a run in which every optional field is there is valid', () => {
  expect(complaints(JSON.parse(json.render(hostileRun())))).toEqual([])
})

test('a field that the schema does not know is refused, wherever it is', () => {
  const [result] = run.results
  const grown: Record<string, unknown> = {
    run: { ...run, more: 1 },
    attack: { ...run, attacks: run.attacks.map((attack) => ({ ...attack, more: 1 })) },
    client: { ...run, clients: run.clients.map((client) => ({ ...client, more: 1 })) },
    result: { ...run, results: [{ ...result, more: 1 }] },
    report: { ...run, results: [{ ...result, report: { ...result?.report, more: 1 } }] },
    evidence: { ...run, results: [{ ...result, evidence: { ...result?.evidence, more: 1 } }] },
    pin: { ...run, clients: [{ ...run.clients[0], pins: [{ by: 'key-pin', value: 'x', more: 1 }] }] },
    event: { ...run, results: [{ ...result, events: [{ at: 1, side: 'client', kind: 'began', what: 'x', more: 1 }] }] },
    link: { ...run, results: [{ ...result, chain: [{ position: 0, unreadable: 'x', more: 1 }] }] },
    connection: {
      ...run,
      results: [
        {
          ...result,
          evidence: {
            ...result?.evidence,
            connections: [{ at: 1, handshake: 'failed', applicationBytes: 0, more: 1 }],
          },
        },
      ],
    },
  }
  for (const [where, one] of Object.entries(grown)) expect([where, complaints(one)]).not.toEqual([where, []])
})

test('what is not applicable has no report, no reason and no surprise, and all else has a report', () => {
  const unplayed = run.results.find(({ verdict }) => verdict === 'not-applicable')
  const played = run.results.find(({ verdict }) => verdict === 'blocked')
  const { report, ...silent } = played ?? {}
  const wrong = {
    'a report': { ...unplayed, report },
    'a reason': { ...unplayed, reason: 'pin' },
    'a surprise': { ...unplayed, surprise: true },
    'no report': silent,
  }
  for (const [what, result] of Object.entries(wrong)) {
    expect([what, complaints({ ...run, results: [result] })]).not.toEqual([what, []])
  }
  expect(complaints({ ...run, results: [unplayed, played] })).toEqual([])
})

test('its lists of words are those of the code', () => {
  const { attack, client, checks, verdict, reason, run: whole } = schema.$defs
  expect(attack.properties.family.enum).toEqual(FAMILIES)
  expect(attack.properties.holds.enum).toEqual(WORLDS)
  expect(client.properties.standing.enum).toEqual(Object.keys(STANDING_IN_WORDS))
  expect(checks.items.enum).toEqual(CHECKS)
  expect(verdict.enum).toEqual(VERDICTS)
  expect(reason.enum).toEqual(REASONS)
  expect(whole.properties.road.enum).toEqual(ROADS)
})
