import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { codeOf, LabError } from './error.ts'

export interface Listening extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Stops accepting, lets open answers finish for `graceMs`, then ends what is left. Safe to call twice. */
  close(graceMs?: number): Promise<void>
}

export interface ListenOptions {
  /** Who listens, in words, for the error: "the proxy". */
  readonly what: string
  /** 0 picks a free port. */
  readonly port?: number
  /** Loopback unless the user asks for more. */
  readonly host?: string
  /** How to choose another port: "set PROXY_PORT". */
  readonly hint?: string
}

/**
 * Binds and tracks sockets, so that close() ends everything it opened.
 * @throws LabError PORT_BUSY, PORT_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host = '127.0.0.1', port = 0 } = options
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainListen(error, host, port, options)))
    server.listen({ host, port }, resolve)
  })
  let closing: Promise<void> | undefined
  const close = (graceMs = 0) => {
    closing ??= end(server, sockets, graceMs)
    return closing
  }
  return { host, port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: () => close() }
}

function end(server: Server, sockets: Set<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const destroyAll = () => {
      for (const socket of sockets) socket.destroy()
    }
    const timer = graceMs > 0 ? setTimeout(destroyAll, graceMs) : undefined
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    if (graceMs > 0) (server as Partial<HttpServer>).closeIdleConnections?.()
    else destroyAll()
  })
}

function explainListen(error: unknown, host: string, port: number, { what, hint }: ListenOptions): LabError {
  const code = codeOf(error)
  const next = hint ?? 'choose another port'
  const more = { cause: error, hint: next }
  if (code === 'EADDRINUSE')
    return new LabError('PORT_BUSY', `${what} cannot listen on ${host}:${port}: it is in use`, more)
  if (code === 'EACCES') return new LabError('PORT_FORBIDDEN', `${what} may not listen on ${host}:${port}`, more)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new LabError(
      'ADDRESS_UNAVAILABLE',
      `${what} cannot listen on ${host}: this machine has no such address`,
      more,
    )
  }
  return new LabError('CANNOT_LISTEN', `${what} cannot listen on ${host}:${port}: ${code ?? String(error)}`, {
    ...more,
    kind: 'failure',
  })
}
