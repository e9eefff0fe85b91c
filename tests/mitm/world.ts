import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer, type RequestOptions, request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Credentials } from '#certs/credentials.ts'
import { FINDS } from '#certs/find-names.ts'
import { findOf } from '#certs/finds.ts'
import type { Loot } from '#certs/forger.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { codeOf } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { silentLog } from '#kit/log.ts'
import { type Attacker, createAttacker, type PlayOrder } from '#mitm/attacker.ts'

export const HOST = 'api.lab.test'
export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl'

export interface World extends AsyncDisposable {
  readonly material: Material
  readonly attacker: Attacker
  readonly genuine: Listening
  /** Everything an attack may hold. */
  readonly loot: Loot
  order(more: Partial<PlayOrder> & { attack: string }): PlayOrder
}

let made: Promise<Material> | undefined

/** The genuine host, really listening, and an attacker; certificates are made once per test file. */
export async function world(answer: RequestListener = pictureOfTheDay): Promise<World> {
  made ??= createMaterial({ now: new Date() })
  const material = await made
  const genuine = await genuineHost(material.proxyCaSigned, answer)
  const attacker = await createAttacker({ log: silentLog(), now: () => new Date() })
  const finds = Object.fromEntries(FINDS.map((name) => [name, findOf(material, name)]))
  const loot: Loot = { ...material.attacker, stolenKeys: { [HOST]: material.proxyCaSigned.key }, finds }
  return {
    material,
    attacker,
    genuine,
    loot,
    order: (more) => ({
      road: 'takeover',
      host: HOST,
      upstream: { host: genuine.host, port: genuine.port },
      loot,
      ...more,
    }),
    [Symbol.asyncDispose]: async () => {
      await attacker.close()
      await genuine.close()
    },
  }
}

export function genuineHost({ key, chain }: Credentials, answer: RequestListener, port = 0): Promise<Listening> {
  return listen(createServer({ key, cert: chain }, answer), { what: 'the genuine host', port })
}

export const PICTURE = { date: '2017-01-01', title: 'Comète — 45P', explanation: 'A comet, naïvely drawn.' }

export function pictureOfTheDay(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(PICTURE))
}

export interface Told {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** A plain Node client: strict about chain and name unless told otherwise, with connections of its own. */
export async function ask(port: number, more: RequestOptions & { body?: string } = {}): Promise<Told> {
  const { body, ...options } = more
  const asked = request({
    host: '127.0.0.1',
    port,
    servername: HOST,
    agent: false,
    path: '/planetary/apod?date=2017-01-01',
    ...options,
    headers: { host: HOST, 'approov-token': TOKEN, ...options.headers },
  })
  asked.end(body)
  // `once` rejects with the error that the client met.
  const [response]: IncomingMessage[] = await once(asked, 'response')
  if (!response) throw new Error('no response')
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) }
}

/** Asks the attacker's proxy for a tunnel and leaves what it answered at the start of the stream. */
export async function tunnel(port: number, authority: string): Promise<{ socket: Socket; answer: string }> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`)
  const [head]: Buffer[] = await once(socket, 'data')
  return { socket, answer: String(head) }
}

/** The code of what a promise is refused with; undefined when it isn't. */
export function refusal(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => codeOf(error) ?? String(error),
  )
}
