import { existsSync } from 'node:fs'
import { bothEnds } from '../both-ends.ts'
import { countsOf } from '../counts.ts'
import type { Reporter } from '../reporter.ts'
import type { AttackSummary, Result, Run } from '../result.ts'
import { HOLDS, inWords } from '../words.ts'
import { weaknessesOf } from './sarif/weaknesses.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
const ROOT = new URL('../../../', import.meta.url)

export default {
  title: 'SARIF 2.1.0, for code scanners: a rule per attack, a result per surprise.',
  render: (run) =>
    `${JSON.stringify(
      {
        $schema: SCHEMA,
        version: '2.1.0',
        runs: [
          {
            tool: { driver: driver(run) },
            // Ends in a slash: a category without a run of its own, so that a newer upload replaces an older one.
            automationDetails: { id: `pinning-lab/${run.stage}/${run.road}/` },
            invocations: [invocation(run)],
            columnKind: 'utf16CodeUnits',
            results: run.results.filter(({ surprise }) => surprise).map((result) => finding(run, result)),
            properties: {
              ...countsOf(run.results),
              stage: run.stage,
              road: run.road,
              versions: run.versions,
              seed: run.seed,
            },
          },
        ],
      },
      null,
      2,
    )}\n`,
} satisfies Reporter

function driver(run: Run) {
  const { lab } = run.versions
  return {
    name: 'Pinning Lab',
    ...(lab === undefined ? {} : { version: lab, semanticVersion: lab }),
    rules: run.attacks.map(rule),
  }
}

function rule(attack: AttackSummary) {
  const weaknesses = weaknessesOf(attack)
  return {
    id: attack.id,
    name: attack.id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: attack.title },
    help: { text: help(attack, '- '), markdown: help({ ...attack, title: `**${attack.title}**` }, '- ') },
    defaultConfiguration: { level: 'error' },
    properties: {
      // The second form is the one by which GitHub's code scanning recognises a weakness.
      tags: ['security', attack.family, ...weaknesses, ...weaknesses.map((cwe) => `external/cwe/${cwe.toLowerCase()}`)],
      precision: 'very-high',
    },
  }
}

function help({ title, family, holds, stoppedBy, references }: AttackSummary, bullet: string): string {
  const list = (lines: readonly string[]) => lines.map((line) => `${bullet}${line}`).join('\n')
  return [
    title,
    `The attacker holds ${HOLDS[holds]}.`,
    stoppedBy.length > 0
      ? `Each of these checks alone stops it:\n${list(stoppedBy)}`
      : family === 'control'
        ? 'Nothing has to stop it: it shows that the client reaches the real API.'
        : 'No check of a client’s stops it: it is not the client’s to stop.',
    ...(references.length === 0 ? [] : [`References:\n${list(references)}`]),
  ].join('\n\n')
}

function invocation({ startedAt, ms }: Run) {
  return {
    executionSuccessful: true,
    startTimeUtc: startedAt,
    endTimeUtc: new Date(Date.parse(startedAt) + ms).toISOString(),
  }
}

function finding(run: Run, result: Result) {
  const { attack, client, why, expected } = result
  const was = `${attack} × ${client} was ${inWords(result)}, and ${inWords(expected)} was expected: ${why}.`
  return {
    ruleId: attack,
    ruleIndex: run.attacks.findIndex(({ id }) => id === attack),
    level: 'error',
    kind: 'fail',
    message: { text: `${was}\n\n${bothEnds(result, run)}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileOf(result), uriBaseId: '%SRCROOT%' },
          // GitHub shows no finding without a line.
          region: { startLine: 1 },
        },
        logicalLocations: [{ name: client, kind: 'object' }],
      },
    ],
    partialFingerprints: { 'attackAndClient/v1': `${attack}/${client}` },
    properties: { verdict: result.verdict, expected: expected.verdict },
  }
}

/**
 * A file of this repository, for a scanner drops what it finds nowhere: the client's own, that of the attack where the
 * client comes from outside, and the catalogue where neither is here.
 */
function fileOf({ attack, client }: Result): string {
  const file = (id: string) => `${encodeURIComponent(id.toWellFormed())}.ts`
  const candidates = [`services/client/clients/${file(client)}`, `mitm/attacks/${file(attack)}`]
  return candidates.find((path) => existsSync(new URL(path, ROOT))) ?? 'services/client/client.ts'
}
