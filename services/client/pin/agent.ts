import type { ClientRequest } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type CertificateTrustOptions, certificateTrust } from './certificate-trust.ts'
import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'
import { type KeyTrustOptions, keyTrust } from './key-trust.ts'
import { connectTrusted, type Way } from './tls.ts'
import type { Target, Trust } from './trust.ts'
import { parseProxy } from './tunnel.ts'

export interface ConnectionSettings {
  /** How names are resolved; the system's resolver when absent. */
  readonly lookup?: LookupFunction
  /** `http://host:port`: tunnel through it by CONNECT. Proxy variables of the environment are never looked at. */
  readonly proxy?: string
  /** ms until a connection must be trusted, 1 to 2 147 483 647; 10 000 by default */
  readonly timeout?: number
  /**
   * Where NODE_TLS_REJECT_UNAUTHORIZED is looked for: the process's own environment unless a test brings another. A
   * library cannot leave that to its caller, for the one who forgets to pass it is the one who needs the check.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
}

export type PinnedAgentOptions = KeyTrustOptions & ConnectionSettings
export type CertificatePinnedAgentOptions = CertificateTrustOptions & ConnectionSettings

/**
 * An https.Agent whose every connection holds a pinned key. Its own options outrank those of a request, and a request's
 * `ca`, `rejectUnauthorized`, `checkServerIdentity`, `servername`, `session` and `lookup` are not looked at.
 * @throws PinError POLICY_INVALID, CERTIFICATE_INVALID, PROXY_INVALID, OPTION_REFUSED, TLS_CHECKS_DISABLED
 */
export function createPinnedAgent(options: PinnedAgentOptions): PinnedAgent {
  return new PinnedAgent(keyTrust(options), options)
}

/** The same for whole certificates instead of keys. */
export function createCertificatePinnedAgent(options: CertificatePinnedAgentOptions): PinnedAgent {
  return new PinnedAgent(certificateTrust(options), options)
}

const DEFAULT_TIMEOUT = 10_000
// Node turns a longer timer into one of 1 ms.
const LONGEST_TIMEOUT = 2 ** 31 - 1

export class PinnedAgent extends Agent {
  readonly trust: Trust
  readonly #way: Way
  readonly #open = new Set<Socket>()
  #closed = false

  constructor(trust: Trust, settings: ConnectionSettings) {
    const { env } = settings
    const switched = env ? env.NODE_TLS_REJECT_UNAUTHORIZED : process.env.NODE_TLS_REJECT_UNAUTHORIZED
    if (switched === '0') throw checksDisabled()
    // A resumed session brings no certificate, so that Node skips the identity check on it: none is ever kept.
    super({ keepAlive: true, maxCachedSessions: 0 })
    this.trust = trust
    this.#way = {
      trust,
      timeout: timeoutOf(settings),
      track: (socket) => this.#track(socket),
      ...(settings.lookup ? { lookup: settings.lookup } : {}),
      ...(settings.proxy === undefined ? {} : { proxy: parseProxy(settings.proxy) }),
    }
  }

  /**
   * What Node's ClientRequest calls. Node tells nobody that a request was destroyed before it has a socket, so that its
   * own timeout or abort signal would count only after ours.
   */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    const unwanted = new AbortController()
    const destroy = request.destroy.bind(request)
    request.destroy = (error) => {
      unwanted.abort(error)
      return destroy(error)
    }
    ADD_REQUEST.call(this, request, { ...options, signal: unwanted.signal })
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    // Node's type has no form for "an error and no socket", which is what its agent expects here.
    const done = callback as ((error: Error | null, socket?: Duplex) => void) | undefined
    this.#connect(options).then(
      (socket) => {
        if (options.timeout) socket.setTimeout(options.timeout)
        done?.(null, socket)
      },
      (error: Error) => done?.(this.#closed ? closedError() : error),
    )
  }

  async #connect(options: RequestOptions): Promise<Socket> {
    const target = targetOf(options, this.trust)
    if (this.#closed) throw closedError()
    options.signal?.throwIfAborted()
    return await connectTrusted(target, { ...this.#way, ...(options.signal ? { signal: options.signal } : {}) })
  }

  /** Ends every connection, open or on its way, and waits until they are gone. None is made afterwards. */
  async close(): Promise<void> {
    this.#closed = true
    const gone = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    this.destroy()
    await Promise.all(gone)
  }

  override destroy(): void {
    super.destroy()
    for (const socket of this.#open) socket.destroy()
  }

  #track(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
  }
}

/**
 * Where a request may go. The host is the URL's: what Node puts into `servername` follows the Host header, and a pin
 * looked up by that would be the pin of a host that the sender of the header chose.
 */
function targetOf(options: RequestOptions, trust: Trust): Target {
  if (options.socketPath) throw new PinError('HOST_REFUSED', 'a local socket has no host name to pin')
  const host = canonicalHost(options.host ?? options.hostname ?? '')
  const named = options.servername
  if (named && canonicalHost(named) !== host) {
    throw new PinError('HOST_REFUSED', `the request to ${host} calls it ${named}`, {
      hint: 'leave the Host header and servername alone: both follow the URL',
    })
  }
  trust.admit(host)
  return { host, port: Number(options.port ?? 443) }
}

// Node's types leave out what its ClientRequest and its Agent say to each other.
const ADD_REQUEST = (Agent.prototype as unknown as Pick<PinnedAgent, 'addRequest'>).addRequest

function timeoutOf({ timeout = DEFAULT_TIMEOUT }: ConnectionSettings): number {
  if (timeout >= 1 && timeout <= LONGEST_TIMEOUT) return timeout
  throw new PinError('OPTION_REFUSED', `a timeout of ${timeout} is not a number of ms from 1 to ${LONGEST_TIMEOUT}`)
}

function closedError(): PinError {
  return new PinError('CONNECTION_CLOSED', 'this client was closed', {
    hint: 'make a new one: a closed one stays closed',
  })
}

function checksDisabled(): PinError {
  return new PinError('TLS_CHECKS_DISABLED', 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off here', {
    hint: 'unset it: every other connection of this process can be read by whoever is in the middle',
  })
}
