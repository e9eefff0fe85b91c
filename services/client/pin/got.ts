import { request as httpsRequest, type RequestOptions } from 'node:https'
import got, { type Got, type NormalizedOptions, type Options, type PlainResponse, type RequestError } from 'got'
import { admitRequest } from './admit.ts'
import {
  type CertificatePinnedAgentOptions,
  createCertificatePinnedAgent,
  createPinnedAgent,
  type PinnedAgent,
  type PinnedAgentOptions,
} from './agent.ts'
import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'

export interface PinnedGot {
  /** A got instance of its own agent. Options that would go round the pins are refused, never ignored in silence. */
  readonly got: Got
  /** Ends its connections, and it with them. */
  close(): Promise<void>
}

/**
 * got for hosts whose keys are pinned. A refusal is a RequestError whose `code` is the PinError's (`PIN_MISMATCH`, …),
 * whose `cause` is the PinError, and which is never retried.
 * @param options `timeout`: ms for a request as a whole, and for its connection
 * @throws PinError POLICY_INVALID, CERTIFICATE_INVALID, PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED
 */
export function pinnedGot(options: PinnedAgentOptions): PinnedGot {
  return guarded(createPinnedAgent(options), options.timeout)
}

/**
 * got for a server whose very certificate was shipped with the client: the trust store holds nothing else. An unknown
 * certificate is a PIN_MISMATCH; a pinned one that has expired stays CERT_HAS_EXPIRED.
 * @throws PinError CERTIFICATE_INVALID, PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED
 */
export function certificatePinnedGot(options: CertificatePinnedAgentOptions): PinnedGot {
  return guarded(createCertificatePinnedAgent(options), options.timeout)
}

type RequestFunction = NonNullable<Options['request']>

function guarded(agent: PinnedAgent, timeout: number | undefined): PinnedGot {
  // The last gate, after every hook that a caller may have added: whatever they changed, this is where it goes out.
  const request: RequestFunction = (url, { headers, method, maxHeaderSize, setHost }, onResponse) => {
    admitRequest(agent.trust, url, headers)
    // Node takes what is undefined for a value.
    const options: RequestOptions = { agent, setHost: setHost ?? true }
    if (headers !== undefined) options.headers = headers
    if (method !== undefined) options.method = method
    if (maxHeaderSize !== undefined) options.maxHeaderSize = maxHeaderSize
    return httpsRequest(url, options, onResponse)
  }
  const instance = got.extend({
    agent: { https: agent },
    http2: false,
    request,
    // A second try is a second chance for whoever is in the middle; a caller may still ask for it.
    retry: { limit: 0 },
    ...(timeout === undefined ? {} : { timeout: { request: timeout } }),
    hooks: {
      beforeRequest: [
        (options) => {
          assertNoWayRound(options, { agent, request })
          admitRequest(agent.trust, urlOf(options), options.headers)
        },
      ],
      beforeRedirect: [(options, response) => assertRedirectable(agent, urlOf(options), response)],
      beforeRetry: [stopOnRefusal],
    },
  })
  return { got: instance, close: () => agent.close() }
}

function assertRedirectable(agent: PinnedAgent, to: URL, { statusCode, url }: PlainResponse): void {
  const why = redirectComplaint(agent, to)
  if (why === undefined) return
  throw new PinError('REDIRECT_REFUSED', `${new URL(url).host} answered ${statusCode} to ${to.origin}: ${why}`, {
    hint: 'pin the host that it leads to, or set followRedirect: false and look at the answer',
  })
}

function redirectComplaint(agent: PinnedAgent, to: URL): string | undefined {
  if (to.protocol !== 'https:') return 'only https is followed'
  try {
    return agent.trust.covers(canonicalHost(to.hostname)) ? undefined : 'that host is not pinned'
  } catch (error) {
    if (error instanceof PinError) return error.sentence
    throw error
  }
}

// Each of these is read by got or Node and by nothing here: a caller who sets one expects something that won't happen.
// A cache would answer without a connection, with what somebody else may have put into it.
const IGNORED = [
  'cache',
  'createConnection',
  'dnsLookup',
  'dnsCache',
  'dnsLookupIpVersion',
  'localAddress',
  'h2session',
] as const

function assertNoWayRound(options: NormalizedOptions, own: { agent: PinnedAgent; request: RequestFunction }): void {
  const wrong: string[] = IGNORED.filter((name) => options[name] !== undefined)
  if (options.request !== own.request) wrong.push('request')
  if (options.http2) wrong.push('http2')
  if (options.agent.https !== own.agent) wrong.push('agent')
  for (const [name, value] of Object.entries(options.https)) if (value !== undefined) wrong.push(`https.${name}`)
  if (wrong.length === 0) return
  throw new PinError('OPTION_REFUSED', `a pinned request takes no ${wrong.join(', ')}`, {
    hint: 'give ca, lookup, proxy and timeout to pinnedGot or certificatePinnedGot; use plain got for other needs',
  })
}

// Throwing here is what makes got give up, whatever `retry` says.
function stopOnRefusal(error: RequestError): void {
  if (error.cause instanceof PinError) throw error.cause
}

function urlOf(options: NormalizedOptions): URL {
  return new URL(options.url ?? '')
}
