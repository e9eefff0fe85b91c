import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { Agent, createServer } from 'node:https'
import type { LookupFunction } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { fetch, request, Agent as UndiciAgent } from 'undici'
import { createMaterial, type Material } from '#certs/material.ts'
import { namedByAddress } from '#client/by-address.ts'
import { codeOf } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { HOSTS } from '#kit/names.ts'
import { toLoopback } from './world.ts'

let material: Material
let server: Listening
/** The name that was asked for in each handshake. */
const asked: string[] = []

beforeAll(async () => {
  material = await createMaterial({ now: new Date() })
  const { key, chain } = material.attacker.otherHost
  const SNICallback = (name: string, done: (error: Error | null) => void) => {
    asked.push(name)
    done(null)
  }
  const https = createServer({ key, cert: chain, SNICallback }, (_question, answer) => void answer.end())
  server = await listen(https, { what: "the attacker's host" })
})
afterAll(() => server?.close())

const options = () => ({ ca: material.root.chain, lookup: toLoopback as LookupFunction })
const REFUSED = 'ERR_TLS_CERT_ALTNAME_INVALID'
const headers = { host: HOSTS.evil }

async function byNode(agent: Agent): Promise<string> {
  const question = httpRequest({ protocol: 'https:', host: HOSTS.api, port: server.port, agent, headers }).end()
  const outcome = await once(question, 'response').then(
    () => 'answered',
    (error: unknown) => codeOf(error) ?? 'failed',
  )
  agent.destroy()
  return outcome
}

async function byUndici(ask: (address: string, dispatcher: UndiciAgent) => Promise<unknown>): Promise<string> {
  const dispatcher = new UndiciAgent({ connect: options() })
  const outcome = await ask(`https://${HOSTS.api}:${server.port}/`, dispatcher).then(
    () => 'answered',
    (error: Error) => codeOf(error) ?? codeOf(error.cause) ?? 'failed',
  )
  await dispatcher.destroy()
  return outcome
}

// Should the first fail one day, Node has been mended, and by-address.ts may go.
test.each([
  ['Node’s agent', HOSTS.evil, 'answered', () => byNode(new Agent(options()))],
  ['the same, named by address', HOSTS.api, REFUSED, () => byNode(namedByAddress(new Agent(options())))],
  [
    'undici’s request',
    HOSTS.evil,
    'answered',
    () => byUndici((address, dispatcher) => request(address, { dispatcher, headers })),
  ],
  ['fetch', HOSTS.api, REFUSED, () => byUndici((address, dispatcher) => fetch(address, { dispatcher, headers }))],
])('under a Host header of the attacker’s, %s asks for %s: %s', async (_what, name, outcome, ask) => {
  asked.length = 0
  expect(await ask()).toBe(outcome)
  expect(asked).toEqual([name])
})
