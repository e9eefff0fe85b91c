import { Agent } from 'node:https'
import type { RecordedRequest, Replayed } from './evidence.ts'
import { excerptOf } from './excerpt.ts'
import { type Answer, forward, type Genuine } from './forward.ts'
import type { Replay } from './story.ts'
import { forgeToken, tokenIn } from './token.ts'

/** A request that was read, and its token. */
interface Loot {
  readonly request: RecordedRequest
  readonly header: string
  readonly token: string
}

type Where = Omit<Genuine, 'agent'> & { readonly now: () => Date }

/** Goes to the genuine host with what was read, in each way, one after the other. */
export async function replayAll(
  ways: readonly Replay[],
  requests: readonly RecordedRequest[],
  where: Where,
): Promise<Replayed[]> {
  const loot = lootIn(requests)
  if (!loot) return []
  const answers: Replayed[] = []
  for (const how of ways) {
    const answer = await replay(how, loot, where)
    answers.push({ how, ...(answer && { status: answer.status }) })
  }
  return answers
}

/** Once, and what the host says to that; undefined when no token was read. */
export async function replayForOnlooker(
  how: Replay,
  requests: readonly RecordedRequest[],
  where: Where,
): Promise<Replayed | undefined> {
  const loot = lootIn(requests)
  if (!loot) return undefined
  const answer = await replay(how, loot, where)
  return { how, ...(answer && { status: answer.status, answer: await excerptOf(answer) }) }
}

function lootIn(requests: readonly RecordedRequest[]): Loot | undefined {
  return requests.flatMap((request) => {
    const found = tokenIn(request)
    return found ? [{ request, ...found }] : []
  })[0]
}

/** @returns undefined when the host answers nobody */
async function replay(how: Replay, loot: Loot, { now, ...genuine }: Where): Promise<Answer | undefined> {
  const { method, path, body } = loot.request
  const question = {
    method,
    path: how === 'other-request' ? anotherDay(path) : path,
    headers: headersFor(how, loot, now()),
    body: Buffer.from(body),
  }
  const agent = new Agent()
  try {
    return await forward(question, { ...genuine, agent })
  } catch {
    // That it does not is for the rest of the evidence to tell.
    return undefined
  } finally {
    agent.destroy()
  }
}

function headersFor(how: Replay, { request, header, token }: Loot, now: Date): (readonly [string, string])[] {
  const all = Object.entries(request.headers).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, value] as const),
  )
  if (how === 'as-read' || how === 'other-request') return all
  const others = all.filter(([name]) => name !== header)
  if (how === 'without') return others
  const forged = forgeToken(token, how, now)
  return [...others, [header, header === 'authorization' ? `Bearer ${forged}` : forged]]
}

/** The same place, and what the victim never asked for. */
function anotherDay(path: string): string {
  return `${path.split('?', 1)[0]}?date=2017-01-01`
}
