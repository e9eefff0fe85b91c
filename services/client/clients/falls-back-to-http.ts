import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Answer, Client, Situation } from '../client.ts'
import { reach } from '../early-agent.ts'
import { addressAt } from '../open.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

/** What a server without TLS looks like from outside. */
const NO_TLS = ['EPROTO', 'ECONNRESET', 'ECONNABORTED', 'EPIPE']

export default {
  title: 'Asks in the clear where nobody speaks TLS.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const secured = gotOver(situation, ownAgent(situation))
    return {
      get: (path, headers) =>
        secured.get(path, headers).catch((error: { code?: string }) => {
          if (error.code?.startsWith('ERR_SSL_') || NO_TLS.includes(error.code ?? ''))
            return inClear(situation, path, headers)
          throw error
        }),
      close: secured.close,
    }
  },
  mistake: {
    belief: 'Some networks break TLS, and an answer is better than none.',
    source: 'nogotofail: dropssl; RFC 7457 section 2.1: SSL stripping',
    fix: 'Let a failed handshake be the end.',
    falls: {
      ...{ 'dropssl-alert': 'intercepted', 'dropssl-reset': 'intercepted', 'plaintext-on-tls-port': 'intercepted' },
      // A handshake that fails for any other reason looks the same from here.
      'ske-tamper': 'intercepted',
      // That attacker speaks TLS, if an old one, and has no answer in the clear.
      'tls10-tls11': 'leaked',
    },
  },
} satisfies Client

async function inClear(situation: Situation, path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const address = addressAt(situation.origin, path)
  const socket = await reach(situation, address)
  return await new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(situation.timeout)
    const host = address.host
    const target = address.pathname + address.search
    request({ path: target, headers: { ...headers, host }, signal, createConnection: () => socket }, (response) => {
      const contentType = response.headers['content-type'] ?? ''
      buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, contentType, body }), reject)
    })
      .on('error', reject)
      .end()
  })
}
