import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Agent, type RequestOptions, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { Answer, OpenClient, Situation } from './client.ts'
import { addressAt } from './open.ts'

export interface Asking {
  /** What makes the request; node:https when absent. */
  readonly request?: (address: URL, options: RequestOptions) => ClientRequest
  /** How the request is made, beside its address and headers. */
  readonly options?: (address: URL) => RequestOptions
  /** Sees the request before anything has happened to it. */
  readonly onRequest?: (request: ClientRequest) => void
  /** Sees the answer's head; what it throws ends the request. */
  readonly onResponse?: (response: IncomingMessage) => void
}

/** node:https over an agent, and the end of both. */
export function askOver({ origin, timeout }: Situation, agent: Agent, asking: Asking = {}): OpenClient {
  return {
    get: (path, headers) => {
      const address = addressAt(origin, path)
      return ask(
        address,
        { agent, headers, signal: AbortSignal.timeout(timeout), ...asking.options?.(address) },
        asking,
      )
    },
    close: async () => agent.destroy(),
  }
}

function ask(address: URL, options: RequestOptions, asking: Asking): Promise<Answer> {
  const { request: make = request, onRequest, onResponse } = asking
  return new Promise((resolve, reject) => {
    const outgoing = make(address, options)
    onRequest?.(outgoing)
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      try {
        onResponse?.(response)
      } catch (error) {
        reject(error)
        outgoing.destroy()
        return
      }
      answerOf(response).then(resolve, reject)
    })
    outgoing.end()
  })
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    body: await buffer(response),
  }
}
