import { isIP, type LookupFunction, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { PinError } from './errors.ts'
import { address } from './report.ts'
import type { Target, Trust } from './trust.ts'
import { openTunnel, type ProxyAddress } from './tunnel.ts'

export interface Way {
  readonly trust: Trust
  readonly lookup?: LookupFunction
  readonly proxy?: ProxyAddress
  /** ms from the first packet to a trusted peer */
  readonly timeout: number
  /** What to offer by ALPN, the best first; `http/1.1` when absent. */
  readonly alpn?: readonly string[]
  /** Told of every socket that is opened, so that somebody can end it. */
  readonly track: (socket: Socket) => void
  /** Nobody waits for the connection any longer. */
  readonly signal?: AbortSignal
}

/**
 * A TLS connection whose peer has been found trustworthy. The socket is handed out only then, so that not a byte of a
 * request can exist on it before.
 */
export function connectTrusted(target: Target, way: Way): Promise<TLSSocket> {
  const { signal, timeout } = way
  const opened: Socket[] = []
  const track = (socket: Socket) => {
    opened.push(socket)
    way.track(socket)
  }
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (why: unknown) => {
      over()
      reject(why)
    }
    const giveUp = (why: unknown) => {
      fail(why)
      for (const socket of opened) socket.destroy()
    }
    const onAbort = () => giveUp(signal?.reason)
    const timer = setTimeout(() => giveUp(timedOut(target, timeout)), timeout)
    signal?.addEventListener('abort', onAbort, { once: true })
    open(target, { ...way, track }).then((socket) => {
      over()
      resolve(socket)
    }, fail)
  })
}

async function open(target: Target, way: Way): Promise<TLSSocket> {
  const { lookup, track, proxy, trust } = way
  const tunnel = proxy && (await openTunnel(proxy, target, lookup ? { lookup, track } : { track }))
  let identified = false
  const identify = (certificate: DetailedPeerCertificate) => {
    const wrong = guardIdentity(() => trust.identify(target, certificate))
    identified = wrong === undefined
    return wrong
  }
  // Small writes go out at once (noDelay), as Node's own agent has it.
  const socket = connect({
    ...(tunnel
      ? { socket: tunnel }
      : { host: target.host, port: target.port, noDelay: true, ...(lookup ? { lookup } : {}) }),
    ...identity(target, way, identify),
  })
  track(socket)
  const seen = trust.explain ? catchCertificate(socket) : () => undefined
  const explained = (error: Error) => guardIdentity(() => trust.explain?.(error, target, seen())) ?? error
  return new Promise((resolve, reject) => {
    const closed = () => reject(endedEarly(target))
    socket.once('close', closed)
    // Stays: between two owners (the handshake, then the request) an error must not be an unhandled one.
    socket.on('error', (error) => reject(explained(error)))
    socket.once('secureConnect', () => {
      // Node skips the check on a resumed session. None is ever offered; if one were, this is where it would end.
      if (!identified) {
        socket.destroy()
        return
      }
      socket.off('close', closed)
      resolve(socket)
    })
  })
}

/**
 * Node destroys the socket on a bad chain, and the certificate with it: here it is asked for just before, and only then,
 * for it costs as much as all other checks together.
 * (getPeerX509Certificate would not do: up to Node 24 it can be asked only once.)
 */
function catchCertificate(socket: TLSSocket): () => DetailedPeerCertificate | undefined {
  let seen: DetailedPeerCertificate | undefined
  const destroy = socket.destroy.bind(socket)
  socket.destroy = (error) => {
    if (error && !socket.destroyed) seen = socket.getPeerCertificate(true)
    return destroy(error)
  }
  // An empty object stands for "none".
  return () => (seen?.raw ? seen : undefined)
}

function identity(
  target: Target,
  { trust, alpn = ['http/1.1'] }: Way,
  identify: (certificate: DetailedPeerCertificate) => Error | undefined,
): ConnectionOptions {
  return {
    secureContext: trust.context,
    // RFC 6066 section 3: addresses are not sent as server name.
    ...(isIP(target.host) ? {} : { servername: target.host }),
    // Said aloud, for the default is what NODE_TLS_REJECT_UNAUTHORIZED changes. With false, Node skips the function
    // below on a bad chain and only notes its error on a good one, so a pin in it protects nothing (Node 20 to 26).
    rejectUnauthorized: true,
    // HTTP/2 only for who asks for it: a second origin on one connection would never be looked at.
    ALPNProtocols: [...alpn],
    // Node's first argument follows the Host header: the target's host counts. Typed as the plain form of a
    // certificate, but Node gives what getPeerCertificate(true) gives.
    checkServerIdentity: (_host, certificate) => identify(certificate as DetailedPeerCertificate),
  }
}

/** Node refuses on a returned Error only: a thrown one can end in an uncaughtException handler, and the request goes out. */
export function guardIdentity(check: () => Error | undefined): Error | undefined {
  try {
    return check()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function timedOut(target: Target, timeout: number): PinError {
  return new PinError('CONNECT_TIMEOUT', `no trusted connection to ${where(target)} within ${timeout} ms`)
}

function endedEarly(target: Target): PinError {
  return new PinError('CONNECTION_CLOSED', `the connection to ${where(target)} ended before it was trusted`)
}

function where({ host, port }: Target): string {
  return address(host, port)
}
