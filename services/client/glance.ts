import type { Agent } from 'node:https'
import got from 'got'
import { LabError } from '#kit/error.ts'
import type { Answer, Situation } from './client.ts'
import { ownAgent } from './own-agent.ts'

/** Unpinned requests over an agent that the pinned ones don't use. */
export interface Glances {
  glance(address: string): Promise<Answer>
  close(): Promise<void>
}

/** As a sound app makes them: chain and name are checked, nothing is followed, and no secret goes along. */
export function glancesApart(situation: Situation): Glances {
  const agent = ownAgent(situation)
  return { glance: (address) => glanceOver(agent, situation, address), close: async () => agent.destroy() }
}

/** @throws LabError CLIENT_HTTPS_ONLY */
export async function glanceOver(agent: Agent, { timeout }: Situation, address: string): Promise<Answer> {
  if (new URL(address).protocol !== 'https:') {
    throw new LabError('CLIENT_HTTPS_ONLY', `${address} is not https: nothing is asked in the clear`)
  }
  const answer = await got(address, {
    agent: { https: agent },
    timeout: { request: timeout },
    responseType: 'buffer',
    throwHttpErrors: false,
    followRedirect: false,
    retry: { limit: 0 },
  })
  return {
    status: answer.statusCode,
    contentType: answer.headers['content-type'] ?? '',
    body: Buffer.from(answer.body),
  }
}
