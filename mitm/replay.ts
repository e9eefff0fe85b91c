import { Agent } from 'node:https'
import type { RecordedRequest, Replayed } from './evidence.ts'
import { forward, type Genuine } from './forward.ts'
import type { Replay } from './story.ts'
import { forgeToken, tokenIn } from './token.ts'

/** A request that was read, and its token. */
interface Loot {
  readonly request: RecordedRequest
  readonly header: string
  readonly token: string
}

/** Goes to the genuine host with what was read, in each way, one after the other. */
export async function replayAll(
  ways: readonly Replay[],
  requests: readonly RecordedRequest[],
  { now, ...genuine }: Omit<Genuine, 'agent'> & { readonly now: () => Date },
): Promise<Replayed[]> {
  const loot = requests.flatMap((request) => {
    const found = tokenIn(request)
    return found ? [{ request, ...found }] : []
  })[0]
  if (!loot) return []
  const agent = new Agent()
  try {
    const answers: Replayed[] = []
    for (const how of ways) answers.push(await replay(how, loot, { genuine: { ...genuine, agent }, now: now() }))
    return answers
  } finally {
    agent.destroy()
  }
}

async function replay(how: Replay, loot: Loot, at: { genuine: Genuine; now: Date }): Promise<Replayed> {
  const { method, path, body } = loot.request
  const question = {
    method,
    path: how === 'other-request' ? anotherDay(path) : path,
    headers: headersFor(how, loot, at.now),
    body: Buffer.from(body),
  }
  try {
    const { status } = await forward(question, at.genuine)
    return { how, status }
  } catch {
    // The host does not answer anybody; that is for the rest of the evidence to tell.
    return { how }
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
