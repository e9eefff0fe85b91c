import type { Middleware, ParameterizedContext } from 'koa'
import type Router from 'koa-router'

/** The routes of one host: a known path asked by another method is 405, any other path is for `otherwise` to answer. */
export function inside(router: Router, otherwise: (ctx: ParameterizedContext) => void): Middleware {
  // koa-router's types name a Koa context of their own; at run time it is the very same object.
  const routes = router.routes() as unknown as Middleware
  const methods = router.allowedMethods() as unknown as Middleware
  return async (ctx, next) => {
    await routes(ctx, () => methods(ctx, next))
    if (ctx.status === 404 && ctx.body === undefined) otherwise(ctx)
  }
}
