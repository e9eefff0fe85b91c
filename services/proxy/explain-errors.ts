import type { Middleware } from 'koa'
import { LabError } from '#kit/error.ts'
import { FAILURES, failureBody, failureCodeOf } from './failures.ts'
import type { ProxyState } from './state.ts'

/** Turns whatever the rest of the chain throws into a JSON body; once an answer has begun it cuts the connection instead. */
export const explainErrors: Middleware<ProxyState> = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    // Nobody is there to read an explanation, and what failed is that the client went.
    if (!(error instanceof LabError) && (ctx.res.destroyed || ctx.res.closed)) return
    const code = failureCodeOf(error)
    ctx.state.failure = { code, error }
    if (ctx.res.headersSent) {
      // A clean end would tell the client that what it holds is the whole.
      ctx.res.destroy()
      return
    }
    for (const name of ctx.res.getHeaderNames()) if (name !== 'x-request-id') ctx.remove(name)
    ctx.respond = true
    ctx.status = FAILURES[code]
    if (code === 'METHOD_NOT_ALLOWED') ctx.set('allow', 'GET, HEAD')
    if (code === 'ATTESTATION_FAILED') ctx.set('www-authenticate', 'approov-token')
    ctx.set('cache-control', 'no-store')
    ctx.set('x-content-type-options', 'nosniff')
    ctx.type = 'application/json; charset=utf-8'
    // What nobody foresaw may hold anything: its text goes to the log alone.
    const message = error instanceof LabError && code !== 'PROXY_FAILED' ? error.message : 'the proxy itself failed'
    ctx.body = failureBody(code, message, ctx.state.id)
  }
}
