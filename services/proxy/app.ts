import Koa from 'koa'
import Router from 'koa-router'
import type { Log } from '#kit/log.ts'
import { type AttestationRules, attestation } from './attestation.ts'
import { explainErrors } from './explain-errors.ts'
import { type ForwardRules, forward } from './forward.ts'
import { limitRequest } from './limit-request.ts'
import { requestLog } from './request-log.ts'
import type { ProxyState } from './state.ts'

export interface AppParts {
  readonly log: Log
  readonly newId: () => string
  readonly bodyBytes: number
  readonly attestation: AttestationRules
  readonly forward: ForwardRules
}

/** The life of a request, from top to bottom. */
export function createApp(parts: AppParts): Koa<ProxyState> {
  const app = new Koa<ProxyState>()
  app.on('error', (error: unknown) => parts.log.debug({ err: error }, 'a connection broke'))
  app.use(identify(parts.newId))
  app.use(requestLog(parts.log, parts.forward))
  app.use(explainErrors)
  app.use(limitRequest(parts.bodyBytes))
  app.use(routes(parts).routes())
  return app
}

function identify(newId: () => string): Koa.Middleware<ProxyState> {
  return async (ctx, next) => {
    ctx.state = { id: newId() }
    ctx.set('x-request-id', ctx.state.id)
    // What is shown is other people's: nothing in it may run as this origin, or be taken for what it does not say it is.
    ctx.set('x-content-type-options', 'nosniff')
    ctx.set('content-security-policy', 'sandbox')
    ctx.set('referrer-policy', 'no-referrer')
    await next()
  }
}

function routes(parts: AppParts): Router<ProxyState> {
  const router = new Router<ProxyState>()
  router.get('/healthz', (ctx) => {
    ctx.body = { ok: true }
  })
  router.get(/^/, attestation(parts.attestation), forward(parts.forward))
  return router
}
