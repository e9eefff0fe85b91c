import type { RequestOptions } from 'node:https'
import type { Credentials } from '#certs/credentials.ts'
import { createPinnedAgent, type PinnedAgentOptions, pinnedGot } from '#pin/index.ts'
import { honest, type Minted, mint } from './mint.ts'
import { type Ask, ask, type Said, TOKEN } from './naive.ts'
import { type Server, startServer, toLoopback } from './server.ts'

export const HOST = 'api.test'

/** What a naive client and its server say when the token is gone. */
export const FOOLED = { said: 200, token: true }
/** What ours and the server say in the same place. */
export const SAFE = { said: 'PIN_MISMATCH', token: false, bytes: 0 }

export interface Ours extends Partial<Ask> {
  readonly url?: string
  readonly headers?: Record<string, string>
}

/** A genuine server, and an attacker whose authority the device trusts, so that only a pin is left to refuse it. */
export interface Trap {
  readonly genuine: Awaited<ReturnType<typeof honest>>
  readonly authority: Minted
  readonly forged: Minted
  /** PEM certificates of the authorities that the device trusts. */
  readonly device: readonly string[]
  readonly agentOptions: PinnedAgentOptions
  wanted(server: Server, more?: Partial<Ask>): Ask
  /** The library's answer to the question that a naive client is asked. */
  ours(server: Server, more?: Ours): Promise<Said>
  /** A plain https.request over our agent. */
  overAgent(server: Server, more?: Partial<Ask>, options?: RequestOptions): Promise<Said>
  /** Runs a client against a server of its own, waits until all is over, and asks both ends. */
  twoSided(client: (server: Server) => Promise<Said>, credentials?: Credentials): Promise<BothSides>
}

export interface BothSides {
  readonly said: Said
  /** Whether the server has the token, and how many decrypted bytes. */
  readonly token: boolean
  readonly bytes: number
  readonly seen: Server['seen']
}

export async function setTrap(): Promise<Trap> {
  const genuine = await honest(HOST)
  const authority = await mint({ subject: 'CN=Trusted by Accident', authority: true })
  const forged = await mint({ subject: `CN=${HOST}`, names: [HOST, 'other.test'], signedBy: authority })
  const device = [genuine.root.certificate, authority.certificate]
  const pins = [{ host: HOST, pins: [genuine.leaf.pin] }]
  const agentOptions = { pins, ca: device, allowSinglePin: true, lookup: toLoopback, timeout: 5_000 }
  const wanted: Trap['wanted'] = (server, more = {}) => {
    return { port: server.port, host: HOST, ca: device, pin: genuine.leaf.pin, ...more }
  }
  return {
    ...{ genuine, authority, forged, device, agentOptions, wanted },
    async ours(server, more = {}) {
      const { pin, ca, host } = wanted(server, more)
      const client = pinnedGot({ ...agentOptions, pins: [{ host: HOST, pins: [pin] }], ca })
      const url = more.url ?? `https://${host}:${server.port}/`
      const said = await statusOf(client.got(url, { headers: { 'x-token': TOKEN, ...more.headers } }))
      await client.close()
      return said
    },
    async overAgent(server, more = {}, options = {}) {
      const agent = createPinnedAgent(agentOptions)
      const said = await ask(wanted(server, more), { agent, ...options })
      await agent.close()
      return said
    },
    async twoSided(client, credentials = forged) {
      await using server = await startServer(credentials)
      const said = await client(server)
      await server.idle()
      return { said, token: server.received().includes(TOKEN), bytes: server.received().length, seen: server.seen }
    },
  }
}

/** The status of an answer, or the code of the error. */
export function statusOf(answer: Promise<{ readonly statusCode: number }>): Promise<Said> {
  return answer.then(
    ({ statusCode }) => statusCode,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )
}
