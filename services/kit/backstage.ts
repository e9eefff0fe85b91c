import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { explain, LabError } from './error.ts'
import type { Secret } from './secret.ts'

/** What a party lets the lab ask of it: one function a path, JSON in and JSON out. */
export type Backstage = Readonly<Record<`/${string}`, (input: unknown) => Promise<unknown>>>

/**
 * The control port of a party: `POST /path` with a bearer token that only the lab shares.
 * Plain HTTP, since it exists only on the backstage network; `GET /healthz` answers without a token.
 */
export function createBackstage(routes: Backstage, token: Secret): Server {
  return createServer((request, response) => {
    answer(routes, token, request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) =>
        send(response, 500, {
          code: error instanceof LabError ? error.code : 'BACKSTAGE_FAILED',
          message: error instanceof Error && !(error instanceof LabError) ? error.message : explain(error),
        }),
    )
  })
}

async function answer(
  routes: Backstage,
  token: Secret,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  if (request.method === 'GET' && request.url === '/healthz') return { status: 200, body: { ok: true } }
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token.reveal()}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    return { status: 401, body: { code: 'BACKSTAGE_DENIED', message: 'the control port answers only the lab' } }
  }
  const route = request.method === 'POST' ? routes[request.url as `/${string}`] : undefined
  if (!route)
    return {
      status: 404,
      body: { code: 'BACKSTAGE_UNKNOWN', message: `no control at ${request.method} ${request.url}` },
    }
  return { status: 200, body: (await route(await json(request))) ?? null }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export interface BackstageDoor {
  /** `http://attacker:9443` */
  readonly url: string
  readonly token: Secret
}

/** @throws LabError BACKSTAGE_UNREACHABLE, or what the party itself answered */
export async function callBackstage(
  door: BackstageDoor,
  path: `/${string}`,
  input: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(new URL(path, door.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${door.token.reveal()}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    throw new LabError('BACKSTAGE_UNREACHABLE', `no answer from the control port ${door.url}`, {
      kind: 'failure',
      cause: error,
      hint: 'is the whole lab up? docker compose ps',
    })
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok) return body
  throw new LabError(
    wordIn(body, 'code') ?? 'BACKSTAGE_FAILED',
    `${door.url}${path} answered ${response.status}: ${wordIn(body, 'message') ?? 'no reason'}`,
    { kind: 'failure' },
  )
}

function wordIn(body: unknown, name: 'code' | 'message'): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
