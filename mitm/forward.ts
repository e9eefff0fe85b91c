import type { IncomingMessage } from 'node:http'
import { type Agent, request } from 'node:https'
import { isIP } from 'node:net'
import type { Address } from './relay.ts'

export interface Question {
  readonly method: string
  readonly path: string
  /** Names and values as they were sent, in order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly statusMessage: string
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
}

export interface Genuine {
  /** The host that the victim believes to be talking to. */
  readonly host: string
  readonly address: Address
  /** One for each play: its connections are the attacker's own. */
  readonly agent: Agent
}

/** ms without a byte from the genuine host */
const PATIENCE = 10_000
const LARGEST_ANSWER = 32 * 1024 * 1024

/** These belong to one connection (RFC 9110 section 7.6.1), and the body is sent on whole. */
const OF_ONE_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'upgrade']

/** Asks the genuine host the victim's question. An attacker doesn't care who answers, so nothing is verified. */
export function forward(question: Question, { host, address, agent }: Genuine): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...address,
        agent,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        rejectUnauthorized: false,
        method: question.method,
        path: question.path,
        headers: headersFor(question),
        timeout: PATIENCE,
      },
      (response) => read(response).then(resolve, reject),
    )
    asked.on('timeout', () => asked.destroy(new Error(`nothing for ${PATIENCE} ms`)))
    asked.on('error', reject)
    asked.end(question.body)
  })
}

/** Flat, as Node sends them: names and order stay those of the victim, Host among them. */
function headersFor({ headers, body }: Question): string[] {
  const dropped = [...OF_ONE_CONNECTION, 'content-length', 'expect']
  const kept = headers.filter(([name]) => !dropped.includes(name.toLowerCase()))
  const framed = body.length > 0 ? [...kept, ['content-length', String(body.length)]] : kept
  return framed.flat()
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += chunk.length
    if (size > LARGEST_ANSWER) throw new Error(`an answer of more than ${LARGEST_ANSWER} bytes`)
    chunks.push(chunk)
  }
  const headers: Answer['headers'] = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !OF_ONE_CONNECTION.includes(name)) headers[name] = value
  }
  return {
    status: response.statusCode ?? 502,
    statusMessage: response.statusMessage ?? '',
    headers,
    body: Buffer.concat(chunks),
  }
}
