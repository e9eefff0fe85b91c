import { createSecureContext, getCACertificates, type SecureContext, connect as tlsConnect } from 'node:tls'
import { type buildConnector, type Dispatcher, Pool } from 'undici'
import { codeOf, LabError } from '#kit/error.ts'
import type { UpstreamPlace } from './config.ts'
import { type Answer, exchange, type Question, RESET, UNANSWERED } from './exchange.ts'
import { type FailureCode, failure } from './failures.ts'
import { whenLate } from './late.ts'
import type { Limits } from './limits.ts'

export interface Upstream extends Disposable {
  /**
   * @returns the answer as soon as its head is there
   * @throws LabError one of the UPSTREAM_ failures
   */
  ask(question: Question): Promise<Answer>
}

/** How often a question is asked that nobody has begun to answer: a kept connection may close just as it is used again. */
const TRIES = 3

/** Verified TLS over connections that are kept open; the same road to the stand-in and to the real NASA. */
export function openUpstream(place: UpstreamPlace, limits: Limits): Upstream {
  const connect = connector(place, limits)
  const pools = new Map<string, Pool>()
  const poolOf = (host: string): Dispatcher => {
    const pool = pools.get(host) ?? new Pool(`https://${host}`, { ...POOL, connect })
    pools.set(host, pool)
    return pool
  }
  return {
    async ask(question) {
      const pool = poolOf(question.host)
      for (let tries = 1; ; tries += 1) {
        const outcome = await exchange(question, pool, limits)
        if (outcome !== UNANSWERED) return outcome
        if (tries === TRIES) throw failure('UPSTREAM_BROKE_OFF', `${question.host} broke off before it had answered`)
      }
    },
    [Symbol.dispose]() {
      // A busy connection ends when its client goes, and would else be taken for the upstream's breaking off.
      for (const pool of pools.values()) void pool.close()
    },
  }
}

const POOL = {
  pipelining: 1,
  // How long an unused connection is kept; a busy one has limits of its own.
  keepAliveTimeout: 15_000,
  keepAliveMaxTimeout: 15_000,
  // Ours are exact, and say which of them it was.
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 16_384,
} as const

/** Like `curl --connect-to`: another address, while SNI, the name that is verified and Host stay the real ones. */
function connector(place: UpstreamPlace, { connectMs }: Limits): buildConnector.connector {
  const secureContext: SecureContext = createSecureContext({ ca: authorities(place), minVersion: 'TLSv1.2' })
  const address = place.kind === 'standin' ? place.address : undefined
  const sessions = new Map<string, Buffer>()
  return ({ hostname }, done) => {
    const session = sessions.get(hostname)
    const socket = tlsConnect({
      ...{ host: hostname, port: 443, ...address, servername: hostname, secureContext },
      ...{ ALPNProtocols: ['http/1.1'], ...(session && { session }) },
      // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot turn it off.
      rejectUnauthorized: true,
    })
    socket.setNoDelay(true)
    const callOff = whenLate(connectMs, () => {
      socket.destroy(
        failure('UPSTREAM_CONNECT_TIMED_OUT', `${hostname} could not be connected to within ${connectMs} ms`),
      )
    })
    const failed = (error: Error) => {
      callOff()
      sessions.delete(hostname)
      done(explainConnecting(error, hostname, socket.authorizationError), null)
    }
    socket.once('error', failed)
    // Of an upstream that has been verified, and of no other: who takes a session up again is not asked for its name anew.
    socket.on('session', (ticket) => {
      if (socket.authorized) sessions.set(hostname, ticket)
    })
    socket.once('secureConnect', () => {
      callOff()
      socket.off('error', failed)
      socket.on('error', tellFromEnd)
      done(null, socket)
    })
  }
}

/**
 * undici takes ECONNRESET for the end of an answer that has no length, since macOS may say it after a whole one. Here a part
 * must never pass for the whole, so it hears of the reset under another name; this listener is there before its own.
 */
function tellFromEnd(error: Error): void {
  if (codeOf(error) === 'ECONNRESET') Object.assign(error, { code: RESET })
}

function authorities(place: UpstreamPlace): string[] {
  if (place.kind === 'standin') return [place.authorities]
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

/** @param refusal says whether TLS itself was what failed */
function explainConnecting(error: Error, host: string, refusal: unknown): Error {
  if (error instanceof LabError) return error
  const code = codeOf(error) ?? ''
  if (refusal) {
    return failure('UPSTREAM_UNTRUSTED', `the certificate of ${host} is not trusted: ${code || 'no reason'}`, error)
  }
  const [, found = 'UPSTREAM_BROKE_OFF', words = 'broke off its answer'] =
    REFUSALS.find(([pattern]) => pattern.test(code)) ?? []
  return failure(found, `${host} ${words}`, error)
}

const REFUSALS: readonly (readonly [RegExp, FailureCode, string])[] = [
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'UPSTREAM_REFUSED', 'refused the connection'],
  [/^(ENOTFOUND|EAI_)/, 'UPSTREAM_NOT_FOUND', 'has no address'],
  [/^ETIMEDOUT$/, 'UPSTREAM_CONNECT_TIMED_OUT', 'could not be connected to'],
  [/^(EPROTO|ERR_SSL_)/, 'UPSTREAM_TLS_FAILED', 'could not agree on TLS'],
]
