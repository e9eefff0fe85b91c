import type { Middleware, ParameterizedContext } from 'koa'
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
    const body = failureBody(code, message, ctx.state.id)
    if (code === 'BODY_TOO_LARGE') await sayAndPart(ctx, body)
    else ctx.body = body
  }
}

/** How long a client may still send after it was told that it sends too much, ms. */
const PARTING = 1_000

// What it sends is read a little longer: closing at once would reset the connection, and it would never read why
// (RFC 9112 section 9.6).
async function sayAndPart(ctx: ParameterizedContext<ProxyState>, body: string): Promise<void> {
  const { req, res } = ctx
  ctx.respond = false
  ctx.set('connection', 'close')
  ctx.length = Buffer.byteLength(body)
  res.write(body)
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, PARTING)
    req.once('end', done)
    res.once('close', done)
  })
  res.end()
}
