// A pinned and an unpinned visit that differ in the pin and in nothing else.
import { once } from 'node:events'
import { Agent, type RequestOptions, request } from 'node:https'
import type { LookupFunction } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import got, { type Got } from 'got'
import { createPinnedAgent } from '#pin/agent.ts'
import { pinnedGot } from '#pin/got.ts'
import type { KeyTrustOptions } from '#pin/key-trust.ts'
import { connectTrusted } from '#pin/tls.ts'
import type { Target, Trust } from '#pin/trust.ts'

/** ms; a crowd of fresh connections takes seconds on a busy machine */
const PATIENCE = 60_000
// What ours sets too, so that the ratio is of the checks alone.
const SAME = { noDelay: true, ALPNProtocols: ['http/1.1'] }

// All sides resolve the name, and none asks a resolver.
const loopback: LookupFunction = (_host, options, callback) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)

export async function connectBare({ host, port }: Target, { context }: Trust): Promise<TLSSocket> {
  const socket = connect({ host, port, lookup: loopback, servername: host, secureContext: context, ...SAME })
  await once(socket, 'secureConnect')
  return socket
}

export function connectPinned(target: Target, trust: Trust): Promise<TLSSocket> {
  return connectTrusted(target, { trust, timeout: PATIENCE, track() {}, lookup: loopback })
}

/** A way to ask again and again over one connection that stays open. */
export interface Asking extends AsyncDisposable {
  readonly name: string
  /** @throws when it is not answered with 200, whole */
  ask(): Promise<void>
}

type Pinned = Pick<KeyTrustOptions, 'pins'> & { readonly ca: readonly string[] }

export function pinnedGotAsking(target: Target, pinned: Pinned): Asking {
  const { got: instance, close } = pinnedGot({ ...pinned, lookup: loopback, timeout: PATIENCE })
  return { name: 'got, pinned', ask: () => askGot(instance, target), [Symbol.asyncDispose]: close }
}

export function gotAsking(target: Target, ca: readonly string[], name = 'got'): Asking {
  const agent = plainAgent(ca)
  const settings = { http2: false, retry: { limit: 0 }, timeout: { request: PATIENCE } }
  const instance = got.extend({ agent: { https: agent }, ...settings })
  return { name, ask: () => askGot(instance, target), [Symbol.asyncDispose]: async () => agent.destroy() }
}

export function pinnedAgentAsking(target: Target, pinned: Pinned): Asking {
  const agent = createPinnedAgent({ ...pinned, lookup: loopback })
  const ask = () => askNode({ ...target, agent })
  return { name: 'https.request, pinned agent', ask, [Symbol.asyncDispose]: () => agent.close() }
}

export function agentAsking(target: Target, ca: readonly string[]): Asking {
  const agent = plainAgent(ca)
  const ask = () => askNode({ ...target, agent })
  return { name: 'https.request, https.Agent', ask, [Symbol.asyncDispose]: async () => agent.destroy() }
}

function plainAgent(ca: readonly string[]): Agent {
  return new Agent({ keepAlive: true, maxCachedSessions: 0, ca: [...ca], lookup: loopback, ...SAME })
}

async function askGot(instance: Got, { host, port }: Target): Promise<void> {
  await instance(`https://${host}:${port}/`).buffer()
}

async function askNode(options: RequestOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  request(options, (response) => {
    if (response.statusCode !== 200) reject(new Error(`the answer was ${response.statusCode}`))
    response.on('error', reject).on('end', resolve).resume()
  })
    .on('error', reject)
    .end()
  await promise
}
