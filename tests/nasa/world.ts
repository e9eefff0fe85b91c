import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { createMaterial } from '#certs/material.ts'
import { type Log, silentLog } from '#kit/log.ts'
import { NASA_LIMITS, type NasaConfig, startNasa } from '#nasa/nasa.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** The body read as JSON, or undefined when it is something else. */
  readonly json: unknown
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent in the handshake; the URL's host when absent. */
  readonly servername?: string
}

interface Options {
  readonly now?: () => Date
  readonly log?: Log
  readonly limits?: NasaConfig['limits']
}

/** In the middle of a day in Maryland, long after midnight and long before it. */
export const NOON = new Date('2025-06-15T16:00:00Z')
export const API = 'https://api.nasa.gov/planetary/apod'

/** The stand-in on a free port with fresh certificates, and a caller that verifies them. */
export async function withNasa({ now = () => NOON, log = silentLog(), limits = NASA_LIMITS }: Options = {}) {
  const material = await createMaterial({ now: new Date() })
  const config = { host: '127.0.0.1', port: 0, tls: material.nasa, apiKeys: ['OWN_KEY'], limits }
  const nasa = await startNasa(config, { log, now })
  const agent = new Agent({ ca: material.root.chain, keepAlive: true })
  const get = (url: string, ask: Ask = {}) => call({ agent, port: nasa.port, url: new URL(url) }, ask)
  return {
    port: nasa.port,
    agent,
    get,
    /** What `/planetary/apod` says, asked with a key of one's own. */
    apod: (query: string, ask: Ask = {}) => get(`${API}?api_key=OWN_KEY${query === '' ? '' : `&${query}`}`, ask),
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await nasa.close()
    },
  }
}

function call(to: { agent: Agent; port: number; url: URL }, ask: Ask): Promise<Reply> {
  const { agent, port, url } = to
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path: url.pathname + url.search,
        method: ask.method ?? 'GET',
        headers: { host: url.host, ...ask.headers },
        servername: ask.servername ?? url.hostname,
      },
      async (response) => {
        const body = await buffer(response)
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        )
        resolve({ status: response.statusCode ?? 0, headers, body, json: parsed(body) })
      },
    )
    asked.once('error', reject)
    asked.end()
  })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
