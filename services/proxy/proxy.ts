import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { codeOf } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { NASA_HOSTS } from '#kit/names.ts'
import { type AppParts, createApp } from './app.ts'
import type { ProxyConfig } from './config.ts'
import { type FailureCode, rawFailure } from './failures.ts'
import { prepareFarewell } from './farewell.ts'
import { type Identities, openIdentities, type Reload, serverOptions } from './hot-reload.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { createUnanswered, type Unanswered } from './unanswered.ts'
import { openUpstream, type Upstream } from './upstream.ts'

export interface Proxy extends Listening {
  /** Looks at the certificate files now instead of when they are seen to change. */
  reload(): Promise<readonly Reload[]>
}

export interface ProxyDeps {
  readonly log: Log
  readonly now: () => Date
  /** Names a request in its answer and in the log. */
  readonly newId?: () => string
}

/** @throws LabError IDENTITY_UNUSABLE, CANNOT_READ, and what listening throws */
export async function startProxy(config: ProxyConfig, deps: ProxyDeps): Promise<Proxy> {
  const limits = { ...DEFAULT_LIMITS, ...config.limits }
  const identities = await openIdentities(config.identities, deps)
  const upstream = openUpstream(config.upstream, limits)
  const parts = appParts(config, { ...deps, upstream })
  const server = createProxyServer(identities, limits)
  const unanswered = createUnanswered()
  const farewell = prepareFarewell(server, unanswered)
  handleRequests(server, createApp(parts).callback(), { ...parts, unanswered })
  let listening: Listening
  try {
    listening = await listen(server, {
      what: 'the proxy',
      hint: 'set PROXY_HOST and PROXY_PORT',
      ...(config.host === undefined ? {} : { host: config.host }),
      ...(config.port === undefined ? {} : { port: config.port }),
    })
  } catch (error) {
    upstream[Symbol.dispose]()
    throw error
  }
  identities.attach(server)
  const close = async (graceMs?: number) => {
    identities[Symbol.dispose]()
    using _ = farewell.begin()
    await listening.close(graceMs)
    upstream[Symbol.dispose]()
  }
  const { host, port } = listening
  return { host, port, reload: identities.reload, close, [Symbol.asyncDispose]: () => close() }
}

function appParts(config: ProxyConfig, deps: ProxyDeps & { upstream: Upstream }): AppParts {
  const { log, now, upstream, newId = randomUUID } = deps
  const limits = { ...DEFAULT_LIMITS, ...config.limits }
  const nasaKey = config.nasaKey.reveal()
  const redact = (text: string) => text.replaceAll(nasaKey, '[secret]')
  return {
    log,
    newId,
    bodyBytes: limits.bodyBytes,
    attestation: { ...config.attestation, log, now },
    forward: {
      upstream,
      nasaKey,
      redact,
      allowedHosts: config.allowedHosts ?? Object.values(NASA_HOSTS),
      trustForwarded: config.trustForwarded ?? false,
      jsonBytes: limits.jsonBytes,
    },
  }
}

function createProxyServer(identities: Identities, limits: Limits): Server {
  const { handshakeMs, headersMs, requestMs } = limits
  const server = createServer({
    ...serverOptions(identities.standard),
    SNICallback: (servername, done) => done(null, identities.choose(servername)),
    // A missing Host is answered by us, with a body like every other failure.
    requireHostHeader: false,
    maxHeaderSize: 16_384,
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: 5_000,
    handshakeTimeout: handshakeMs,
    connectionsCheckingInterval: Math.min(1_000, headersMs, requestMs),
  })
  server.maxConnections = limits.connections
  server.setTimeout(limits.clientIdleMs)
  return server
}

/** On one connection. Each is a question to the upstream, and a hundred bytes are enough for one. */
const MOST_UNANSWERED = 100

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

type RequestParts = Pick<AppParts, 'log' | 'newId'> & { readonly unanswered: Unanswered }

function handleRequests(server: Server, handle: Handler, { log, newId, unanswered }: RequestParts): void {
  const begin: Handler = (request, response) => {
    if (unanswered.add(response) > MOST_UNANSWERED) {
      log.debug({}, 'a client asked too often without waiting for an answer')
      return request.socket.destroy()
    }
    return handle(request, response)
  }
  server.on('request', begin)
  // Without a listener Node would say "100 Continue" to a body of any size, and 417 without words to any other wish.
  server.on('checkContinue', begin)
  server.on('checkExpectation', begin)
  const refuse = (socket: Duplex, code: FailureCode, message: string) => {
    const id = newId()
    log.warn({ id, code }, 'request failed')
    socket.end(rawFailure(code, message, id), () => socket.destroy())
  }
  const refused = new WeakSet<Duplex>()
  // Answers come in the order of the requests (RFC 9112 section 9.3.2): first those to what was whole before.
  const inTurn = (socket: Duplex, answer: () => void) => {
    if (refused.has(socket)) return
    refused.add(socket)
    const earlier = unanswered.on(socket).filter(({ req }) => req.complete)
    const closed = earlier.map((response) => new Promise((resolve) => response.once('close', resolve)))
    if (closed.length === 0) answer()
    else void Promise.all(closed).then(() => socket.writable && answer())
  }
  server.on('connect', (_request, socket) => {
    socket.on('error', () => {})
    inTurn(socket, () => refuse(socket, 'METHOD_NOT_ALLOWED', 'CONNECT is not answered here: only GET and HEAD'))
  })
  const secured = new WeakSet<Duplex>()
  server.on('secureConnection', (socket) => secured.add(socket))
  server.on('clientError', (error, socket) => {
    // With an answer under way an explanation would be read as part of it.
    const midway = unanswered.on(socket).some((response) => response.headersSent)
    // Without TLS nothing can be said, and end() would wait for it as long as the client likes.
    if (!secured.has(socket) || !socket.writable || midway || GONE.test(codeOf(error) ?? '')) socket.destroy()
    else inTurn(socket, () => refuse(socket, ...brokenRequest(codeOf(error))))
  })
  server.on('drop', () => log.debug({}, 'a connection was closed: too many are open'))
  server.on('tlsClientError', (error) => log.debug({ reason: codeOf(error) }, 'a client left within the TLS handshake'))
}

// Reset, ended within its own request, or TLS itself broke: nobody is left to read an explanation, or nothing to say it by.
const GONE = /^(ECONNRESET|EPIPE|HPE_INVALID_EOF_STATE|ERR_SSL_.*)$/

function brokenRequest(code: string | undefined): [FailureCode, string] {
  if (code !== undefined && /^HPE_HEADER_OVERFLOW$/.test(code))
    return ['HEADERS_TOO_LARGE', 'the headers are larger than 16384 bytes']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['REQUEST_TIMED_OUT', 'the request took too long to arrive']
  return ['BAD_REQUEST', 'this is not a well-formed HTTP request']
}
