import type { Middleware, ParameterizedContext } from 'koa'
import { NASA_HOSTS } from '#kit/names.ts'
import { createRateLimit, DAY, HOUR, type Window } from './rate-limit.ts'

export interface Limits {
  /** Requests an hour for a key of one's own. */
  readonly hourly: number
  /** Requests an hour for DEMO_KEY, for each address. */
  readonly demoHourly: number
  readonly demoDaily: number
}

export interface GatewayOptions {
  /** Accepted besides DEMO_KEY. */
  readonly apiKeys: readonly string[]
  readonly limits: Limits
  readonly now: () => Date
}

const DEMO_KEY = 'DEMO_KEY'
// NASA's gateway names itself with the port, and so its sentences do.
const SELF = `https://${NASA_HOSTS.api}:443`

const REFUSALS = {
  API_KEY_MISSING: [403, `No api_key was supplied. Get one at ${SELF}`],
  API_KEY_INVALID: [403, `An invalid api_key was supplied. Get one at ${SELF}`],
  OVER_RATE_LIMIT: [
    429,
    `You have exceeded your rate limit. Try again later or contact us at ${SELF}/contact/ for assistance`,
  ],
  NOT_FOUND: [404, 'The requested URL was not found on this server.'],
} as const

/** What stands in front of every NASA service: API Umbrella, https://api.data.gov/docs/developer-manual */
export function gateway({ apiKeys, limits, now }: GatewayOptions): Middleware {
  const accepted = new Set([DEMO_KEY, ...apiKeys])
  const rates = createRateLimit()
  const own: Window = { limit: limits.hourly, length: HOUR }
  const demo: [Window, Window] = [
    { limit: limits.demoHourly, length: HOUR },
    { limit: limits.demoDaily, length: DAY },
  ]
  return async (ctx, next) => {
    const key = keyOf(ctx)
    if (!key) return refuse(ctx, 'API_KEY_MISSING')
    if (!accepted.has(key)) return refuse(ctx, 'API_KEY_INVALID')
    const { allowed, limit, remaining } =
      key === DEMO_KEY ? rates.take(`demo ${ctx.ip}`, demo, now()) : rates.take(`key ${key}`, [own], now())
    ctx.set({ 'X-RateLimit-Limit': String(limit), 'X-RateLimit-Remaining': String(remaining) })
    if (!allowed) return refuse(ctx, 'OVER_RATE_LIMIT')
    return next()
  }
}

/** The gateway's error body, spaced as the gateway spaces it. */
export function refuse(ctx: ParameterizedContext, code: keyof typeof REFUSALS): void {
  const [status, message] = REFUSALS[code]
  ctx.status = status
  ctx.set('Content-Type', 'application/json')
  ctx.body = JSON.stringify({ error: { code, message } }, null, 2)
}

// The three ways of the manual, in its order: header, parameter, user name.
function keyOf(ctx: ParameterizedContext): string | undefined {
  const basic = /^Basic\s+([A-Za-z0-9+/]+=*)\s*$/i.exec(ctx.get('authorization'))?.[1]
  return (
    ctx.get('x-api-key') ||
    new URLSearchParams(ctx.querystring).get('api_key') ||
    (basic && Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0]) ||
    undefined
  )
}
