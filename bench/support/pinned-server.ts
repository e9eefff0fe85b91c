// The server that pinned and unpinned clients visit, in a thread of its own: TLS that says nothing, and HTTPS that says
// little. It counts who came, so that a benchmark can tell fresh connections from ones that stayed open.
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:tls'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Credentials } from '#certs/credentials.ts'

/** Of the HTTPS side, since it began. */
export interface Visits {
  readonly connections: number
  /** of them, in which a session was taken up again */
  readonly resumed: number
  readonly requests: number
}

export interface PinnedServer extends AsyncDisposable {
  readonly tls: number
  readonly https: number
  visits(): Promise<Visits>
}

/** More than the largest crowd that comes at once. */
const BACKLOG = 1024
const BODY = 'x'.repeat(1024)

export async function startPinnedServer(credentials: Credentials): Promise<PinnedServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: credentials })
  const heard = async () => (await once(worker, 'message'))[0]
  const { tls, https }: { tls: number; https: number } = await heard()
  const visits = async (): Promise<Visits> => {
    const told = heard()
    worker.postMessage('visits')
    return await told
  }
  return { tls, https, visits, [Symbol.asyncDispose]: async () => void (await worker.terminate()) }
}

async function serve({ key, chain }: Credentials): Promise<void> {
  const visits = { connections: 0, resumed: 0, requests: 0 }
  const silent = createServer({ key, cert: chain }, (socket) => socket.on('error', () => {}).resume())
  const speaking = createHttpsServer({ key, cert: chain, keepAliveTimeout: 60_000 }, (_request, response) => {
    visits.requests += 1
    response.end(BODY)
  })
  speaking.on('secureConnection', (socket) => {
    visits.connections += 1
    if (socket.isSessionReused()) visits.resumed += 1
  })
  const [tls, https] = await Promise.all([listening(silent), listening(speaking)])
  parentPort?.on('message', () => parentPort?.postMessage(visits))
  parentPort?.postMessage({ tls, https })
}

async function listening(server: Server): Promise<number> {
  await once(server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }), 'listening')
  return (server.address() as AddressInfo).port
}

if (!isMainThread) await serve(workerData)
