import type { ChainLink } from './chain.ts'
import { eventsOf } from './events.ts'
import type { Expectation } from './expected.ts'
import { judge, type Verdict } from './judge.ts'
import type { PlayedResult } from './result.ts'
import type { Played } from './stage.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface PlayedOptions {
  readonly attack: string
  readonly client: string
  readonly expected: Expectation
  readonly played: Played
  readonly readChain: (pem: string) => readonly ChainLink[]
}

/** What a play has shown: judged by what was really said, told without the secrets in it. */
export function playedResult({ attack, client, expected, played, readChain }: PlayedOptions): PlayedResult {
  // First, for the sentence of a verdict quotes what the client said.
  const told = withoutSecrets(played)
  const verdict = told.verdict ?? judge(told.report, told.evidence)
  return {
    attack,
    client,
    ...verdict,
    expected,
    surprise: !fits(verdict, expected),
    report: told.report,
    evidence: told.evidence,
    ...(told.steps && { steps: told.steps }),
    chain: told.evidence.presented === undefined ? [] : readChain(told.evidence.presented),
    events: eventsOf(told),
  }
}

function fits({ verdict, reason }: Verdict, expected: Expectation): boolean {
  const as = verdict === expected.verdict || verdict === expected.or
  return as && (expected.reason === undefined || reason === expected.reason)
}
