import Koa from 'koa'
import Router from 'koa-router'
import * as v from 'valibot'
import { explain } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import { Denial, readJsonBody } from './body.ts'
import { issueToken, type TokenConfig, type TokenDeps } from './tokens.ts'

export interface AppDeps extends TokenDeps {
  readonly log: Log
}

interface State {
  id: string
  attested?: { readonly measurement: string; readonly genuine: boolean }
}

/** `POST /attest {"measurement": "<64 hex digits>", "binding"?: "<thumbprint of a key>"}` → `{"token", "expiresAt"}`, and `GET /healthz`. */
export function createApp(config: TokenConfig, deps: AppDeps): Koa<State> {
  const router = new Router<State>()
  router.get('/healthz', (context) => {
    context.body = { ok: true }
  })
  router.post('/attest', async (context) => {
    const asked = parseBody(await readJsonBody(context.req))
    const { token, expiresAt, genuine } = await issueToken(asked, config, deps)
    context.state.attested = { measurement: asked.measurement, genuine }
    // RFC 9111 section 5.2.2.5: a token is for the one who asked and for nobody later.
    context.set('cache-control', 'no-store')
    context.body = { token, expiresAt: expiresAt.toISOString() }
  })
  const app = new Koa<State>()
  // Koa prints what it catches; everything it could catch is logged by explainErrors already.
  app.silent = true
  app.use(logRequests(deps))
  app.use(explainErrors(deps.log))
  app.use(router.routes())
  app.use(denyTheRest)
  return app
}

const Body = v.object({
  measurement: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  binding: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w-]{43}$/))),
})

function parseBody(body: unknown): v.InferOutput<typeof Body> {
  const parsed = v.safeParse(Body, body)
  if (parsed.success) return parsed.output
  throw new Denial(
    400,
    'MEASUREMENT_INVALID',
    'the body is {"measurement": "…"} with 64 lower-case hex digits, and maybe {"binding": "…"} with 43 of base64url',
  )
}

function logRequests({ log, now, random }: AppDeps): Koa.Middleware<State> {
  return async (context, next) => {
    const started = now().getTime()
    context.state.id = Buffer.from(random(9)).toString('base64url')
    await next()
    const { id, attested } = context.state
    const ms = now().getTime() - started
    const level = context.path === '/healthz' ? 'debug' : 'info'
    log[level]({ id, method: context.method, path: context.path, status: context.status, ms, attested }, 'answered')
  }
}

function explainErrors(log: Log): Koa.Middleware<State> {
  return async (context, next) => {
    const { id } = context.state
    try {
      await next()
    } catch (error) {
      if (!(error instanceof Denial)) log.error({ id, error: explain(error) }, 'could not answer')
      const { status, code, message } =
        error instanceof Denial ? error : new Denial(500, 'ATTESTATION_UNDECIDED', 'the service could not decide')
      context.status = status
      // What was not read of a body that is too large must not be taken for the next request.
      if (status === 413) context.set('connection', 'close')
      context.body = { code, message, id }
    }
  }
}

const METHOD_OF: Readonly<Record<string, string>> = { '/attest': 'POST', '/healthz': 'GET, HEAD' }

const denyTheRest: Koa.Middleware = (context) => {
  const allowed = METHOD_OF[context.path]
  if (!allowed) throw new Denial(404, 'PATH_UNKNOWN', `there is nothing at ${context.path}: POST /attest`)
  context.set('allow', allowed)
  throw new Denial(405, 'METHOD_NOT_ALLOWED', `${context.path} takes ${allowed}`)
}
