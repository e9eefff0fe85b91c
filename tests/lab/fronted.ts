import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectH2 } from 'node:http2'
import { createServer, type RequestOptions, request } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { connect, type TLSSocket } from 'node:tls'
import { createMaterial, type Material } from '#certs/material.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { createLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { type FrontOptions, startFront } from '#lab/stages/front.ts'

let made: Promise<Material> | undefined
/** Certificates are made once per test file. */
export function freshMaterial(): Promise<Material> {
  made ??= createMaterial({ now: new Date() })
  return made
}

export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export const PROTOCOLS = ['HTTP/1.1', 'HTTP/2'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** An upstream that answers as it is told, with the genuine host's certificate, and a front before it. */
export async function fronted(answer: RequestListener, more: Partial<FrontOptions> = {}) {
  const material = await freshMaterial()
  const upstream = await startUpstream(material, answer)
  const lines: string[] = []
  const log = createLog({ name: 'front', level: 'debug', destination: { write: (line) => void lines.push(line) } })
  const options = {
    credentials: material.proxyCaSigned,
    host: HOSTS.api,
    upstream,
    authorities: [material.root.chain],
    http2: true,
    ...more,
  }
  const front = await startFront(options, { log })
  const to = { port: front.port, ca: material.root.chain }
  return {
    ...{ material, upstream, front, lines },
    ask: (protocol: Protocol, path: string, how: Asked = {}) => askFront(protocol, to, path, how),
    h1: (path: string, how: RequestOptions = {}) => request({ ...h1(to), path, agent: false, ...how }),
    h2: () => session(to),
    /** A trusted connection on which nothing was sent yet. */
    tls: async (): Promise<TLSSocket> => {
      const socket = connect({ ...h1(to), ALPNProtocols: ['http/1.1'] })
      await once(socket, 'secureConnect')
      return socket
    },
    tcp: () => connectTcp(front.port, '127.0.0.1'),
    async [Symbol.asyncDispose]() {
      await front.close()
      await upstream.close()
    },
  }
}

export type Fronted = Awaited<ReturnType<typeof fronted>>

async function startUpstream({ proxyCaSigned: { key, chain } }: Material, answer: RequestListener) {
  const open = new Set<TLSSocket>()
  const wires = new Set<Socket>()
  let connections = 0
  const server = createServer({ key, cert: chain }, answer)
  server.on('secureConnection', (socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
  })
  server.on('connection', (wire: Socket) => wires.add(wire))
  const listening: Listening = await listen(server, { what: 'the upstream of a test' })
  return {
    ...listening,
    get connections() {
      return connections
    },
    /** Ends every connection without a word of TLS. */
    reset: () => {
      for (const wire of wires) wire.resetAndDestroy()
    },
    /** Settles when no connection is open any more. */
    allClosed: async () => {
      await Promise.all([...open].map((socket) => new Promise((resolve) => socket.once('close', resolve))))
    },
  }
}

interface Where {
  readonly port: number
  readonly ca: string
}

const h1 = ({ port, ca }: Where) => ({ host: '127.0.0.1', port, ca, servername: HOSTS.api })

function session({ port, ca }: Where): ClientHttp2Session {
  const opened = connectH2(`https://127.0.0.1:${port}`, { ca, servername: HOSTS.api })
  opened.on('error', () => {})
  return opened
}

/** One request on a connection of its own. */
export async function askFront(protocol: Protocol, to: Where, path: string, how: Asked = {}): Promise<Told> {
  const { method = how.body ? 'POST' : 'GET', headers, body } = how
  if (protocol === 'HTTP/1.1') {
    const asked = request({ ...h1(to), agent: false, path, method, headers: { host: `${HOSTS.api}:1234`, ...headers } })
    asked.end(body)
    const [told]: IncomingMessage[] = await once(asked, 'response')
    if (!told) throw new Error('no response')
    return { status: told.statusCode ?? 0, headers: told.headers, body: await buffer(told) }
  }
  const opened = session(to)
  try {
    const { host = `${HOSTS.api}:1234`, ...others } = headers ?? {}
    const head = { ':path': path, ':method': method, ':authority': host, ...others }
    const stream = opened.request(head, { endStream: body === undefined })
    const told = toldBy(stream)
    // Node ends a stream of its own whose session has more than 10 MB to write: piece by piece, then.
    if (body) await Promise.all([told, pipeline(pieces(body), stream)])
    return await told
  } finally {
    opened.destroy()
  }
}

export async function toldBy(stream: ClientHttp2Stream): Promise<Told> {
  const [headers] = await once(stream, 'response')
  return { status: headers[':status'], headers, body: await buffer(stream) }
}

function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536)
}
