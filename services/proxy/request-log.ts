import type { ServerResponse } from 'node:http'
import type { Middleware } from 'koa'
import { codeOf, LabError } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import { withoutKeys } from './inject-key.ts'
import { targetOf } from './route.ts'
import type { ProxyState } from './state.ts'

export interface LogRules {
  /** Takes our key out of a text. */
  readonly redact: (text: string) => string
  readonly allowedHosts: readonly string[]
}

/** Of a path, what is logged: who looks for keys in a longer one may have to look long. */
const LONGEST = 2_048

/** One line a request, written when its connection is done with it; never a key, never a token. */
export function requestLog(log: Log, { redact, allowedHosts }: LogRules): Middleware<ProxyState> {
  return async (ctx, next) => {
    const begun = performance.now()
    const { res } = ctx
    // Not awaited here: Koa writes a body only after this middleware has returned.
    const done = new Promise((resolve) => res.once('close', resolve))
    try {
      await next()
    } finally {
      void done.then(() => {
        const { id, attestation, failure, bytes } = ctx.state
        const { host, path } = place(ctx.req.url ?? '', allowedHosts)
        const ms = Math.round((performance.now() - begun) * 10) / 10
        const line = {
          id,
          method: ctx.method,
          host,
          path: redact(hideKeys(path.slice(0, LONGEST))),
          status: res.statusCode,
          bytes: bytes ?? bytesOf(ctx.method, res),
          ms,
          attestation,
        }
        const whole = res.writableFinished ? {} : { cut: failure ? 'by the upstream' : 'by the client' }
        if (failure)
          log.warn({ ...line, ...whole, code: failure.code, reason: reasonOf(failure.error) }, 'request failed')
        // Health checks ask every two seconds, for as long as the lab is up.
        else log[path === '/healthz' ? 'debug' : 'info']({ ...line, ...whole }, 'request')
      })
    }
  }
}

// A body that Koa wrote: an explanation, or how the proxy is.
function bytesOf(method: string, response: ServerResponse): number {
  return method === 'HEAD' ? 0 : Number(response.getHeader('content-length') ?? 0)
}

// Read again rather than remembered: a request that was turned away before it was routed was meant for some host too.
function place(url: string, allowedHosts: readonly string[]): { host: string | null; path: string } {
  try {
    const { host, path, query } = targetOf(url, allowedHosts)
    return { host, path: query ? `${path}?${query}` : path }
  } catch {
    return { host: null, path: strangePath(url) }
  }
}

function strangePath(url: string): string {
  const mark = url.indexOf('?')
  const query = mark === -1 ? '' : withoutKeys(url.slice(mark + 1))
  const path = (mark === -1 ? url : url.slice(0, mark)).slice(0, 200)
  return query ? `${path}?${query.slice(0, 200)}` : path
}

// A misplaced key is no parameter to anybody, and still a key: `/a&api_key=…`, `?date=…?api_key=…`, `https://user:key@…`.
function hideKeys(path: string): string {
  return path
    .replace(/(api(?:%(?:25)*[0-9a-f]{2}|[^a-z0-9]){0,3}key[^=&/]*?(?:=|%(?:25)*3d))[^&/]*/gi, '$1[secret]')
    .replace(/\/\/[^/?#]*@/, '//[secret]@')
}

// The system's own word beneath our code: ECONNREFUSED, CERT_HAS_EXPIRED. A stack only for what nobody foresaw.
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return String(error)
  const cause = codeOf(error.cause)
  if (cause) return cause
  return error instanceof LabError ? undefined : error.stack
}
