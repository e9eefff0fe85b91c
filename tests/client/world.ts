import { createHash } from 'node:crypto'
import { lookup as systemLookup } from 'node:dns'
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { Credentials } from '#certs/credentials.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { HOST_OF, loadClients } from '#client/catalogue.ts'
import type { Client, Situation } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { HOSTS } from '#kit/names.ts'

export const toLoopback: LookupFunction = (_host, how, callback) => systemLookup('127.0.0.1', how, callback)

export const PICTURE = Buffer.from('not really a picture, but its bytes are counted')

export const APOD = {
  date: '2026-03-01',
  title: 'A galaxy — far away',
  explanation: 'Very far.',
  media_type: 'image',
  service_version: 'v1',
  url: '/apod.nasa.gov/apod/image/galaxy.jpg',
}

export interface SeenRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Which connection it came by. */
  readonly clientPort: number | undefined
}

export interface Api extends Listening {
  readonly requests: readonly SeenRequest[]
  /** Connections that arrived, and decrypted bytes that came through them. */
  readonly seen: { connections: number; bytes: number }
  /** For each handshake, whether it resumed an earlier session. */
  readonly resumed: readonly boolean[]
  /** How many connections are open now. */
  open(): number
  /** Settles when none is. */
  idle(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A TLS server that answers as the proxy does, and counts what reaches it. */
export async function startApi(credentials: Credentials, handler: Handler = answerApod()): Promise<Api> {
  const requests: SeenRequest[] = []
  const seen = { connections: 0, bytes: 0 }
  const resumed: boolean[] = []
  const server = createServer({ key: credentials.key, cert: credentials.chain }, (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers, clientPort: request.socket.remotePort })
    handler(request, response)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('secureConnection', (socket) => {
    resumed.push(socket.isSessionReused())
    socket.on('data', (chunk: Buffer) => {
      seen.bytes += chunk.length
    })
  })
  const idle = async () => {
    await Promise.all([...sockets].map((socket) => once(socket, 'close')))
  }
  const listening = await listen(server, { what: 'the test API' })
  return { ...listening, requests, seen, resumed, open: () => sockets.size, idle }
}

export function answerApod(body: unknown = APOD): Handler {
  return (request, response) => {
    if (request.url?.startsWith('/api.nasa.gov/')) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    } else {
      response.setHeader('content-type', 'image/jpeg').end(PICTURE)
    }
  }
}

export const PICTURE_SHA256 = createHash('sha256').update(PICTURE).digest('hex')

/** Fresh certificates, the shipped clients, and where each would go. */
export async function withMaterial(): Promise<World> {
  const [material, clients] = await Promise.all([createMaterial({ now: new Date() }), loadClients()])
  const client: World['client'] = (id) => {
    const found = clients.get(id)
    if (!found) throw new Error(`no client ${id}`)
    return found
  }
  return {
    ...{ material, client },
    originFor: (id, port) => ({ origin: `https://${HOST_OF[client(id).deployment]}:${port}` }),
    situation: (port, more = {}) => ({
      origin: `https://${HOSTS.api}:${port}`,
      deviceAuthorities: [material.root.chain],
      shipped: material.shipped,
      lookup: toLoopback,
      timeout: 5_000,
      ...more,
    }),
  }
}

export interface World {
  readonly material: Material
  client(id: string): Entry<Client>
  /** Where that client finds its API on this machine. */
  originFor(id: string, port: number): Pick<Situation, 'origin'>
  situation(port: number, more?: Partial<Situation>): Situation
}

export const attest = async () => 'token-of-the-test'
