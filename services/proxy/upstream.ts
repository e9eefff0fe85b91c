import type { IncomingMessage } from 'node:http'
import { Agent, type AgentOptions, request as httpsRequest } from 'node:https'
import { createSecureContext, getCACertificates, type TLSSocket } from 'node:tls'
import { codeOf, LabError } from '#kit/error.ts'
import type { Limits, UpstreamPlace } from './config.ts'
import { type FailureCode, failure } from './failures.ts'

export interface Question {
  readonly host: string
  /** With the query. */
  readonly path: string
  readonly method: string
  readonly headers: Record<string, string>
  /** Aborted when the client goes away: the upstream socket is then closed. */
  readonly signal: AbortSignal
}

export interface Upstream extends Disposable {
  /**
   * @returns the answer as soon as its head is there
   * @throws LabError one of the UPSTREAM_ failures
   */
  ask(question: Question): Promise<IncomingMessage>
}

/** Verified TLS over connections that are kept open; the same road to the stand-in and to the real NASA. */
export function openUpstream(place: UpstreamPlace, limits: Limits): Upstream {
  const agent = new UpstreamAgent(place)
  return {
    async ask(question) {
      for (;;) {
        const outcome = await askOnce(question, agent, limits)
        if (outcome !== 'stale-connection') return outcome
      }
    },
    [Symbol.dispose]() {
      // The idle ones alone: a busy one ends when its client goes, and would else be taken for the upstream's breaking off.
      for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
    },
  }
}

class UpstreamAgent extends Agent {
  readonly #address: { host: string; port: number } | undefined

  constructor(place: UpstreamPlace) {
    super({ ...AGENT, secureContext: createSecureContext({ ca: authorities(place), minVersion: 'TLSv1.2' }) })
    this.#address = place.kind === 'standin' ? place.address : undefined
  }

  // Like `curl --connect-to`: another address, while SNI, the name that is verified and Host stay the real ones.
  override createConnection(...[options, callback]: Parameters<Agent['createConnection']>) {
    return super.createConnection({ ...options, ...this.#address }, callback)
  }
}

const AGENT: AgentOptions = {
  keepAlive: true,
  maxFreeSockets: 16,
  // How long an unused connection is kept; a busy one has the limits below.
  timeout: 15_000,
  // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot turn it off.
  rejectUnauthorized: true,
}

function authorities(place: UpstreamPlace): string[] {
  if (place.kind === 'standin') return [place.authorities]
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

function askOnce(question: Question, agent: Agent, limits: Limits): Promise<IncomingMessage | 'stale-connection'> {
  const { host, path, method, headers, signal } = question
  return new Promise((resolve, reject) => {
    const request = httpsRequest({ agent, host, port: 443, servername: host, path, method, headers, signal })
    const late = (code: FailureCode, ms: number) =>
      setTimeout(() => request.destroy(failure(code, `${host} ${LATE[code]} within ${ms} ms`)), ms)
    let timer = late('UPSTREAM_CONNECT_TIMED_OUT', limits.connectMs)
    const connected = () => {
      clearTimeout(timer)
      timer = late('UPSTREAM_FIRST_BYTE_TIMED_OUT', limits.firstByteMs)
    }
    request.once('socket', (socket) => (request.reusedSocket ? connected() : socket.once('secureConnect', connected)))
    request.once('response', (answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    request.once('upgrade', (_answer, socket) => {
      socket.destroy()
      clearTimeout(timer)
      reject(failure('UPSTREAM_BAD_ANSWER', `${host} wants to switch to a protocol that nobody asked for`))
    })
    request.on('error', (error) => {
      clearTimeout(timer)
      // The upstream closed a kept connection just as it was used again: nothing was answered, so GET may be asked anew.
      const stale = request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(codeOf(error) ?? '') && !signal.aborted
      if (stale) resolve('stale-connection')
      else reject(signal.aborted ? signal.reason : explainUpstream(error, host, request.socket as TLSSocket | null))
    })
    request.end()
  })
}

const LATE: Partial<Record<FailureCode, string>> = {
  UPSTREAM_CONNECT_TIMED_OUT: 'could not be connected to',
  UPSTREAM_FIRST_BYTE_TIMED_OUT: 'did not begin to answer',
}

/** @param socket says whether TLS itself was what failed */
function explainUpstream(error: unknown, host: string, socket: TLSSocket | null): Error {
  if (error instanceof LabError) return error
  const code = codeOf(error) ?? ''
  if (socket?.authorizationError) {
    return failure('UPSTREAM_UNTRUSTED', `the certificate of ${host} is not trusted: ${code || 'no reason'}`, error)
  }
  const found = REFUSALS.find(([pattern]) => pattern.test(code))
  if (found) return failure(found[1], `${host} ${found[2]}`, error)
  return brokeOff(host, error)
}

const REFUSALS: readonly (readonly [RegExp, FailureCode, string])[] = [
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'UPSTREAM_REFUSED', 'refused the connection'],
  [/^(ENOTFOUND|EAI_)/, 'UPSTREAM_NOT_FOUND', 'has no address'],
  [/^ETIMEDOUT$/, 'UPSTREAM_CONNECT_TIMED_OUT', 'could not be connected to'],
  [/^(EPROTO|ERR_SSL_)/, 'UPSTREAM_TLS_FAILED', 'could not agree on TLS'],
  [/^HPE_/, 'UPSTREAM_BAD_ANSWER', 'answered something that is not HTTP'],
]

function brokeOff(host: string, cause: unknown): LabError {
  return failure('UPSTREAM_BROKE_OFF', `${host} broke off its answer`, cause)
}

export interface Reading {
  readonly host: string
  readonly idleMs: number
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/**
 * The body, chunk by chunk, at the pace of whoever reads it: a slow reader holds the upstream back.
 * The clock runs only while the upstream is waited for, so that a slow reader is not taken for a silent upstream.
 * @throws LabError UPSTREAM_IDLE_TIMED_OUT, UPSTREAM_BROKE_OFF; the signal's reason when the client went
 */
export async function* chunksOf(answer: IncomingMessage, reading: Reading): AsyncGenerator<Buffer> {
  const { host, idleMs, signal } = reading
  const silent = () =>
    answer.destroy(failure('UPSTREAM_IDLE_TIMED_OUT', `${host} fell silent for ${idleMs} ms in its answer`))
  let timer = setTimeout(silent, idleMs)
  try {
    for await (const chunk of answer) {
      clearTimeout(timer)
      yield chunk as Buffer
      timer = setTimeout(silent, idleMs)
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof LabError ? error : brokeOff(host, error)
  } finally {
    clearTimeout(timer)
  }
}
