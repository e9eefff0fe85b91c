import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Middleware } from 'koa'
import { failure } from './failures.ts'
import type { ProxyState } from './state.ts'

/**
 * Lets only requests for reading through. A body has no meaning with GET (RFC 9110 section 9.3.1): it is read, so that the
 * connection can be used again, and dropped.
 * @throws LabError METHOD_NOT_ALLOWED, BODY_TOO_LARGE, BAD_PATH
 */
export function limitRequest(bodyBytes: number): Middleware<ProxyState> {
  return async (ctx, next) => {
    const declared = Number(ctx.req.headers['content-length'] ?? 0)
    if (declared > bodyBytes) throw tooLarge(bodyBytes)
    if (declared > 0 || ctx.req.headers['transfer-encoding'] !== undefined) {
      if (/^100-continue$/i.test(ctx.req.headers.expect ?? '')) {
        await itsTurn(ctx.res)
        ctx.res.writeContinue()
      }
      await drained(ctx.req, bodyBytes)
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      throw failure('METHOD_NOT_ALLOWED', `${ctx.method} is not answered here: only GET and HEAD`)
    }
    // An absolute address is for a forward proxy, which this is not; and the router's parser may choke on it.
    if (!ctx.req.url?.startsWith('/')) throw failure('BAD_PATH', 'the address is not a path: ask for /<host>/<path>')
    await next()
  }
}

/**
 * Until the earlier requests on its connection have been answered. Said before, Node would put `100 Continue` behind the head of
 * this request's own answer, should that be there first (seen on Node 24).
 */
function itsTurn(response: ServerResponse): Promise<void> {
  if (response.socket) return Promise.resolve()
  return new Promise((resolve, reject) => {
    response.once('socket', () => resolve())
    response.once('close', () => reject(new Error('the client went away before its turn')))
  })
}

// Not by `for await`: leaving such a loop destroys the socket, and the client would never read why.
function drained(request: IncomingMessage, limit: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) reject(tooLarge(limit))
    })
    request.once('end', resolve)
    request.once('error', reject)
    request.once('close', () => reject(new Error('the client went away within its own body')))
  })
}

function tooLarge(limit: number): Error {
  return failure('BODY_TOO_LARGE', `the body is larger than ${limit} bytes`)
}
