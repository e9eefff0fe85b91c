import type { ClientRequest } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type CertificateTrustOptions, certificateTrust } from './certificate-trust.ts'
import { type ConnectionSettings, type Connections, createConnections } from './connections.ts'
import { PinError } from './errors.ts'
import { canonicalHost } from './host.ts'
import { type KeyTrustOptions, keyTrust } from './key-trust.ts'
import type { Target, Trust } from './trust.ts'

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

export class PinnedAgent extends Agent {
  readonly trust: Trust
  readonly #connections: Connections

  constructor(trust: Trust, settings: ConnectionSettings) {
    const connections = createConnections(trust, settings)
    // A resumed session brings no certificate, so that Node skips the identity check on it: none is ever kept.
    super({ keepAlive: true, maxCachedSessions: 0 })
    this.trust = trust
    this.#connections = connections
  }

  /** What Node's ClientRequest calls. */
  addRequest(request: ClientRequest, options: RequestOptions): void {
    // The request's own copy of what it was given, and nobody else's.
    ADD_REQUEST.call(this, request, Object.assign(options, { [WAITING]: request }))
  }

  override createConnection(
    options: ConnectionRequest,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    // Node's type has no form for "an error and no socket", which is what its agent expects here.
    const done = callback as ((error: Error | null, socket?: Duplex) => void) | undefined
    this.#connect(options).then(
      (socket) => {
        if (options.timeout) socket.setTimeout(options.timeout)
        done?.(null, socket)
      },
      (error: Error) => done?.(error),
    )
  }

  async #connect(options: ConnectionRequest): Promise<Socket> {
    const request = options[WAITING]
    return await this.#connections.connect(targetOf(options), request ? { signal: untilDestroyed(request) } : {})
  }

  /** Ends every connection, open or on its way, and waits until they are gone. None is made afterwards. */
  async close(): Promise<void> {
    super.destroy()
    await this.#connections.close()
  }

  override destroy(): void {
    super.destroy()
    this.#connections.destroy()
  }
}

const WAITING = Symbol('waiting')

interface ConnectionRequest extends RequestOptions {
  /** For whom the connection is being made. */
  readonly [WAITING]?: ClientRequest
}

/**
 * Node tells nobody that a request was destroyed before it has a socket, so that its own timeout or abort signal would
 * count only after ours.
 */
function untilDestroyed(request: ClientRequest): AbortSignal {
  const unwanted = new AbortController()
  if (request.destroyed) unwanted.abort()
  const destroy = request.destroy.bind(request)
  request.destroy = (error) => {
    // Every request is destroyed in the end; once it has a socket there is nothing to call off, and to abort costs a stack trace.
    if (!request.socket) unwanted.abort(error)
    return destroy(error)
  }
  return unwanted.signal
}

/**
 * Where a request may go. The host is the URL's: what Node puts into `servername` follows the Host header, and a pin
 * looked up by that would be the pin of a host that the sender of the header chose.
 */
function targetOf(options: RequestOptions): Target {
  if (options.socketPath) throw new PinError('HOST_REFUSED', 'a local socket has no host name to pin')
  const host = canonicalHost(options.host ?? options.hostname ?? '')
  const named = options.servername
  if (named && canonicalHost(named) !== host) {
    throw new PinError('HOST_REFUSED', `the request to ${host} calls it ${named}`, {
      hint: 'leave the Host header and servername alone: both follow the URL',
    })
  }
  return { host, port: Number(options.port ?? 443) }
}

// Node's types leave out what its ClientRequest and its Agent say to each other.
const ADD_REQUEST = (Agent.prototype as unknown as Pick<PinnedAgent, 'addRequest'>).addRequest
