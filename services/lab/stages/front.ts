import { createSecureServer } from 'node:http2'
import { Agent, createServer } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Credentials } from '#certs/credentials.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { type Answer, passOn, type Question } from './front/pass-on.ts'
import { type Redirect, type Way, wayOf } from './front/redirect.ts'

export interface FrontOptions {
  /** What it shows to whoever connects, whatever name they ask for. */
  readonly credentials: Credentials
  /** The genuine host's name, which the upstream must prove. */
  readonly host: string
  readonly upstream: { readonly host: string; readonly port: number }
  /** PEM: who may sign for the upstream, or its own self-signed certificate. */
  readonly authorities: readonly string[]
  readonly tls?: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
  /** Speak HTTP/2 with those who can, HTTP/1.1 with the others; HTTP/1.1 with everybody when absent. */
  readonly http2?: boolean
  readonly redirect?: Redirect
  /** Address on which it listens; loopback when absent. */
  readonly listenHost?: string
}

/**
 * The genuine host, set up otherwise: the owner's own TLS front, which leads to the API proxy. It is honest, and
 * verifies its upstream.
 */
export async function startFront(options: FrontOptions, { log }: { log: Log }): Promise<Listening> {
  const agent = new Agent({
    secureContext: createSecureContext({ ca: [...options.authorities], minVersion: 'TLSv1.2' }),
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot turn it off.
    rejectUnauthorized: true,
    keepAlive: true,
    // ms without use. Shorter than the 5 s of the API proxy: a connection is never used just as the other end closes it.
    timeout: 2_000,
  })
  const server = createFrontServer(options, handler(options, { agent, log }))
  server.on('tlsClientError', (error) => log.debug({ reason: error.message }, 'a client left within the TLS handshake'))
  const listening = await listen(server, {
    what: 'the front',
    ...(options.listenHost !== undefined && { host: options.listenHost }),
  })
  const close = async (graceMs?: number) => {
    await listening.close(graceMs)
    agent.destroy()
  }
  return { host: listening.host, port: listening.port, close, [Symbol.asyncDispose]: () => close() }
}

type Handler = (question: Question, answer: Answer) => void

function createFrontServer({ credentials, tls, http2 }: FrontOptions, handle: Handler) {
  const { key, chain: cert } = credentials
  // Node's HTTP/2 server leaves Nagle's delay on for those who speak HTTP/1.1: 40 ms an answer (seen on Node 24).
  const secure = { key, cert, minVersion: 'TLSv1.2' as const, ...tls, noDelay: true }
  return http2 ? createSecureServer({ ...secure, allowHTTP1: true }, handle) : createServer(secure, handle)
}

function handler(options: FrontOptions, { agent, log }: { agent: Agent; log: Log }): Handler {
  const { host: servername, upstream: address, redirect } = options
  const onFailure = (reason: string) => log.warn({ reason, host: servername }, 'no answer from the upstream')
  return (question, answer) => {
    // What is written to a client that has just left is an error of the answer's, and no matter.
    answer.on('error', () => {})
    const path = question.url ?? '/'
    const host = hostOf(question) ?? servername
    const way = redirect ? wayOf(path, host, { ...redirect, home: servername }) : { path }
    if ('location' in way) return lead(answer, way)
    passOn(question, answer, { agent, servername, address, path: way.path, host, onFailure })
  }
}

function lead(answer: Answer, { status, location }: Extract<Way, { location: string }>): void {
  answer.statusCode = status
  answer.setHeader('location', location)
  answer.setHeader('content-length', 0)
  answer.end()
}

/** As the client wrote it; HTTP/2 has a pseudo-header for it, which outranks Host (RFC 9113 section 8.3.1). */
function hostOf(question: Question): string | undefined {
  return ('authority' in question ? question.authority : undefined) ?? question.headers.host
}
