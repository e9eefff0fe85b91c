import { bothEnds } from '../both-ends.ts'
import { countsOf } from '../counts.ts'
import type { Reporter } from '../reporter.ts'
import type { ClientSummary, Result, Run } from '../result.ts'
import { STANDING_IN_WORDS } from '../standing.ts'
import { inWords } from '../words.ts'
import { document, type Element } from './junit/xml.ts'

export default {
  title: 'JUnit XML, for continuous integration: a suite per client, a case per attack.',
  render: (run) =>
    document({
      name: 'testsuites',
      attributes: { name: `pinning-lab ${run.stage} ${run.road}`, ...totals(run.results), time: seconds(run.ms) },
      inside: run.clients.map((client) => suite(run, client)),
    }),
} satisfies Reporter

function suite(run: Run, client: ClientSummary): Element {
  const results = run.results.filter((result) => result.client === client.id)
  return {
    name: 'testsuite',
    attributes: {
      name: client.id,
      ...totals(results),
      time: seconds(results.reduce((sum, { report }) => sum + (report?.ms ?? 0), 0)),
      // The schema that most readers follow has neither fractions nor a zone here; it is UTC.
      timestamp: run.startedAt.slice(0, 19),
    },
    inside: [
      { name: 'properties', inside: properties(run, client, results) },
      ...results.map((one) => testcase(run, one)),
    ],
  }
}

function properties(run: Run, client: ClientSummary, results: readonly Result[]): Element[] {
  const verdicts = Object.entries(countsOf(results).verdicts)
  const pairs: [string, string | number][] = [
    ['title', client.title],
    ['deployment', client.deployment],
    ['checks', client.checks.join(' ')],
    ['standing', STANDING_IN_WORDS[client.standing]],
    ...(run.seed === undefined ? [] : [['seed', run.seed] as [string, number]]),
    ['stage', run.stage],
    ['road', run.road],
    ...verdicts.map(([word, count]): [string, number] => [`verdict.${word}`, count]),
    ...Object.entries(run.versions).map(([name, version]): [string, string] => [`version.${name}`, version]),
  ]
  return pairs.map(([name, value]) => ({ name: 'property', attributes: { name, value } }))
}

function testcase(run: Run, result: Result): Element {
  const attack = run.attacks.find(({ id }) => id === result.attack)
  const seen = inWords(result)
  const problem = problemOf(result)
  return {
    name: 'testcase',
    attributes: {
      name: result.attack,
      classname: attack?.family ?? result.attack,
      time: seconds(result.report?.ms ?? 0),
    },
    inside: [
      ...(problem
        ? [
            {
              name: problem,
              attributes: {
                message: `${seen}, expected ${inWords(result.expected)}: ${result.why}`,
                type: result.verdict,
              },
              inside: `${attack ? `${attack.title}\n\n` : ''}${bothEnds(result, run)}`,
            },
          ]
        : []),
      ...(result.verdict === 'not-applicable' ? [{ name: 'skipped', attributes: { message: result.why } }] : []),
      { name: 'system-out', inside: `${seen}: ${result.why}` },
    ],
  }
}

/**
 * In JUnit's words a failure is a claim that turned out false, an error something that kept the test from finding out.
 * An inconclusive play is the second, whether anybody expected it or not: nothing inconclusive may look like a pass.
 */
function problemOf({ verdict, surprise }: Result): 'failure' | 'error' | undefined {
  if (verdict === 'inconclusive') return 'error'
  return surprise ? 'failure' : undefined
}

function totals(results: readonly Result[]): Record<string, number> {
  const problems = results.map(problemOf)
  return {
    tests: results.length,
    failures: problems.filter((one) => one === 'failure').length,
    errors: problems.filter((one) => one === 'error').length,
    skipped: results.filter(({ verdict }) => verdict === 'not-applicable').length,
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
