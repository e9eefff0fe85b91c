import type { Middleware } from 'koa'

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  // With less, a form's request would say of its origin nothing but `null` (Fetch standard, "append a request Origin header").
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/**
 * Only who has typed this machine's own address is let in: another name that leads here is a rebound one (DNS rebinding),
 * and a request that another site's page makes says so in `Origin`.
 *
 * @param hosts names under which the dashboard may be asked for, without port
 */
export function guard(hosts: readonly string[]): Middleware {
  return async (ctx, next) => {
    ctx.set(HEADERS)
    const host = ctx.get('host')
    if (!hosts.includes(nameIn(host))) {
      ctx.status = 421
      ctx.body = `This is the dashboard of Pinning Lab, and not ${host}.\n`
      return
    }
    const origin = ctx.get('origin')
    if (origin !== '' && origin !== `http://${host}`) {
      ctx.status = 403
      ctx.body = `The dashboard takes no requests from ${origin}.\n`
      return
    }
    await next()
  }
}

function nameIn(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
}
