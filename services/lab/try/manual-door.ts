import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { type Listening, listen } from '#kit/listen.ts'
import { hostOf } from '#mitm/intercept/explicit-proxy.ts'
import { joinBoth } from '../stages/switchboard.ts'
import { createListener } from './manual-records.ts'

/** The address that a device is told once: its proxy for as long as the run lasts, and a page. */
export interface Door extends Listening {
  /** From now on what the device asks of the host goes to the attacker who waits on that port of this machine. */
  leadTo(port: number): void
  /** What has passed since it was last led anywhere. */
  passed(): Passed
  /** The same, once the device has closed what it closes: at most a moment later. */
  settled(): Promise<Passed>
  /** What the device wanted of others, all the time. Refused, and nothing of it is kept but how often it was. */
  refused(): number
}

export interface Passed {
  /** Connections in which the device has said something inside TLS. */
  readonly spoken: number
  /** Connections that the device holds open. */
  readonly open: number
}

export interface DoorOptions {
  readonly listenHost: string
  readonly port: number
  /** The only host that is led anywhere. */
  readonly host: string
  readonly page: (path: string) => PageAnswer
}

export interface PageAnswer {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
}

/** ms for what the device has closed to be seen as closed */
const PATIENCE = 300

/** @throws LabError PORT_BUSY, PORT_FORBIDDEN, ADDRESS_UNAVAILABLE */
export async function openDoor({ listenHost, port, host, page }: DoorOptions): Promise<Door> {
  let now = { port: 0, spoken: new Set<Socket>(), open: new Set<Socket>() }
  let refused = 0
  const isWanted = (authority: string) => now.port > 0 && hostOf(authority) === host
  const server = createServer((asked, answer) => {
    const { url = '' } = asked
    if (url.startsWith('/')) return give(page(url), asked, answer)
    if (isWanted(authorityIn(url))) return passInClear(asked, answer, now.port)
    refused += 1
    give(FOREIGN, asked, answer)
  })
  server.on('connect', (asked: IncomingMessage, near: Duplex, head: Buffer) => {
    // http.Server hands out the net.Socket it accepted; the type says Duplex because a user may inject another.
    if (!(near instanceof Socket)) return near.destroy()
    near.on('error', () => {})
    if (isWanted(asked.url ?? '')) return tunnel(near, { ...now, authority: asked.url ?? '', head })
    refused += 1
    near.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  })
  server.on('clientError', (_, stream) => stream.destroy())
  const hint = '--port 8889 is another port; --listen takes one of the addresses of this machine'
  const listening = await listen(server, { what: 'the proxy for your device', host: listenHost, port, hint })
  const passed = () => ({ spoken: now.spoken.size, open: now.open.size })
  return {
    ...listening,
    leadTo: (next) => {
      now = { port: next, spoken: new Set(), open: new Set() }
    },
    passed,
    settled: async () => {
      for (const late = performance.now() + PATIENCE; now.open.size > 0 && performance.now() < late; ) await delay(10)
      return passed()
    },
    refused: () => refused,
  }
}

interface Tunnel {
  readonly port: number
  readonly authority: string
  readonly head: Buffer
  readonly spoken: Set<Socket>
  readonly open: Set<Socket>
}

/** The attacker is a proxy too, and answers the CONNECT itself. */
function tunnel(near: Socket, { port, authority, head, spoken, open }: Tunnel): void {
  const hears = createListener()
  const note = (chunk: Buffer) => hears(chunk) && spoken.add(near)
  open.add(near)
  near.once('end', () => open.delete(near))
  near.once('close', () => open.delete(near))
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  far.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`)
  if (head.length > 0) near.unshift(head)
  near.on('data', note)
  joinBoth(near, far)
}

/** What a device asks in clear is the attacker's to read, and to answer. */
function passInClear(asked: IncomingMessage, answer: ServerResponse, port: number): void {
  const { url: path, method, headers } = asked
  const onward = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}

function authorityIn(address: string): string {
  return URL.canParse(address) ? new URL(address).host : ''
}

const FOREIGN: PageAnswer = {
  status: 403,
  type: 'text/plain; charset=utf-8',
  body: 'only the host that is tried is served here\n',
}

function give({ status, type, body }: PageAnswer, asked: IncomingMessage, answer: ServerResponse): void {
  asked.resume()
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' }
  answer.writeHead(status, { ...headers, 'x-content-type-options': 'nosniff' })
  answer.end(asked.method === 'HEAD' ? undefined : body)
}
