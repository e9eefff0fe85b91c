import { Agent as HttpAgent } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import got, { type ExtendOptions } from 'got'
import { namedByAddress } from './by-address.ts'
import type { OpenClient, Situation } from './client.ts'
import { openAt } from './open.ts'

/** An agent that nothing else uses, on the device's network and with the device's authorities. */
export function ownAgent(
  { deviceAuthorities, lookup, proxy }: Pick<Situation, 'deviceAuthorities' | 'lookup' | 'proxy'>,
  options: AgentOptions = {},
): Agent {
  return namedByAddress(
    new Agent({
      ca: [...deviceAuthorities],
      rejectUnauthorized: true,
      keepAlive: true,
      maxCachedSessions: 0,
      ...(lookup && { lookup }),
      // Node's own CONNECT: https://nodejs.org/api/http.html#built-in-proxy-support
      ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
      ...options,
    }),
  )
}

/** The same network without TLS, for the naive. */
export function clearAgent({ lookup, proxy }: Pick<Situation, 'lookup' | 'proxy'>): HttpAgent {
  return new HttpAgent({
    ...(lookup && { lookup }),
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy } }),
  })
}

/** got over that agent, and the end of both. */
export function gotOver({ origin, timeout }: Situation, agent: Agent, options: ExtendOptions = {}): OpenClient {
  return openAt(origin, {
    got: got.extend({ agent: { https: agent }, timeout: { request: timeout }, ...options }),
    close: async () => agent.destroy(),
  })
}
