import type { Client } from '#client/client.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import type { Run } from '../result.ts'
import type { Stage } from '../stage.ts'
import { targetStage } from '../stages/target.ts'
import { type Conclusion, linesFor } from './conclusion.ts'
import type { Target } from './target-options.ts'
import { probe } from './target-probe.ts'

export interface OwnApi {
  readonly stage: Stage
  /** What was found out, and what the target has seen of it. */
  conclude(found: Conclusion, run: Run): Conclusion
}

interface Means {
  readonly clients: Catalogue<Client>
  readonly now: () => Date
  readonly timeout: number
  /** The program as it was typed, its variables included; none where a person uses an app. */
  readonly words: readonly string[]
}

/**
 * The stage for an API of one's own.
 * @throws LabError TARGET_UNREACHABLE, TARGET_EXPIRED, TARGET_UNTRUSTED
 */
export async function ownApi(target: Target, { words, ...means }: Means): Promise<OwnApi> {
  const { wantsCertificate, ...seen } = await probe(target)
  const told = words.some((word) => /\{(?:url|host)\}/.test(word))
  const stage = await targetStage({ ...means, ...seen, target, told })
  const answersAlone = wantsCertificate || !target.forwards
  return {
    stage,
    conclude: (found, run) => {
      // A 502 is refused by a good many: not for who sent it.
      const finding = answersAlone && found.finding === 'notices too late' ? 'unpinned' : found.finding
      const notes = [
        ...(words.length > 0 && found.finding === 'inconclusive' && isUntouched(run) ? [WENT_PAST] : []),
        ...(wantsCertificate ? [ASKS_FOR_CERTIFICATE] : []),
        ...(finding === found.finding ? [] : [UNANSWERED]),
        contacted(target, run),
      ]
      const lines = finding === found.finding ? found.lines : linesFor(finding, found.beatenBy, undefined)
      return { ...found, finding, lines: [...lines, ...notes] }
    },
  }
}

const ASKS_FOR_CERTIFICATE =
  'Your API asks for a client certificate. Your program must have one; the lab has none, so what was intercepted was not answered.'
const UNANSWERED =
  'Its request was read; it was answered with 502, so whether it would have taken your API’s own answer is not known.'

const WENT_PAST =
  'Nothing came to the proxy. Does your program heed HTTPS_PROXY? Node does from 22.21 and 24 on; others take {proxy} as an argument.'

function isUntouched({ results }: Run): boolean {
  return results.every(({ evidence }) => evidence.connections.length === 0)
}

function contacted({ host, port, forwards }: Target, { results }: Run): string {
  const connections = results.flatMap(({ evidence }) => evidence.connections)
  const relayed = connections.filter(({ handshake }) => handshake === 'relayed').length
  const read = results.reduce((sum, { evidence }) => sum + evidence.requests.length, 0)
  const requests = forwards ? `${read} intercepted requests forwarded` : `${read} intercepted requests kept from it`
  return `Contacted: ${host}:${port} and nobody else; ${relayed} connections passed on, ${requests}, its certificate fetched.`
}
