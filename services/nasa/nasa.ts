import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import Koa, { type Middleware, type ParameterizedContext } from 'koa'
import { codeOf, LabError } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { NASA_HOSTS } from '#kit/names.ts'
import { apodRoutes } from './api/apod.ts'
import { gateway, type Limits } from './api/gateway.ts'
import { createLibrary } from './picture/library.ts'
import { pictureRoutes } from './picture/routes.ts'

export interface NasaConfig {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** PEM; the chain leaf first, for both names. */
  readonly tls: { readonly chain: string; readonly key: string }
  /** Accepted besides DEMO_KEY. */
  readonly apiKeys: readonly string[]
  readonly limits: Limits
}

export interface NasaDeps {
  readonly log: Log
  readonly now: () => Date
}

/** As https://api.nasa.gov limits its keys. */
export const NASA_LIMITS: Limits = { hourly: 1000, demoHourly: 30, demoDaily: 50 }

/**
 * Stands for api.nasa.gov and apod.nasa.gov on one port.
 * @throws LabError STANDIN_PAIR_UNUSABLE, PORT_BUSY, PORT_FORBIDDEN, ADDRESS_UNAVAILABLE
 */
export async function startNasa(config: NasaConfig, deps: NasaDeps): Promise<Listening> {
  const app = createApp(config, deps)
  const server = createTlsServer(config, app.callback())
  server.on('tlsClientError', (error) => deps.log.debug({ code: codeOf(error) }, 'a TLS handshake failed'))
  return listen(server, {
    what: 'the NASA stand-in',
    host: config.host,
    port: config.port,
    hint: 'set STANDIN_PORT and STANDIN_HOST',
  })
}

function createTlsServer(config: NasaConfig, handler: Parameters<typeof createServer>[1]): Server {
  try {
    return createServer({ cert: config.tls.chain, key: config.tls.key }, handler)
  } catch (cause) {
    throw new LabError('STANDIN_PAIR_UNUSABLE', `the stand-in's certificate and key cannot be used: ${reason(cause)}`, {
      hint: 'make them anew: npm run certs',
      cause,
    })
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

function createApp({ apiKeys, limits }: NasaConfig, { log, now }: NasaDeps): Koa {
  const guard = gateway({ apiKeys, limits, now })
  const apod = apodRoutes(now)
  const pictures = pictureRoutes(createLibrary(), now)
  const app = new Koa()
  // A client that went away in the middle is its own affair; anything else is ours, and must be seen.
  app.on('error', (error: unknown) => {
    const gone = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECANCELED'].includes(codeOf(error) ?? '')
    if (gone) log.debug({ code: codeOf(error) }, 'the client went away')
    else log.error({ err: error }, 'a request failed')
  })
  app.use(logged(log))
  app.use(async (ctx, next) => {
    if (ctx.path === '/healthz') {
      ctx.body = { ok: true }
      return
    }
    const host = hostOf(ctx)
    if (host === NASA_HOSTS.api) await guard(ctx, () => apod(ctx, next))
    else if (host === NASA_HOSTS.pictures) await pictures(ctx, next)
    else misdirected(ctx, host)
  })
  return app
}

/** The Host header says who is meant; where it names neither host, the name asked for in the TLS handshake does. */
function hostOf(ctx: ParameterizedContext): string {
  const named = ctx.hostname.toLowerCase().replace(/\.$/, '')
  const known: readonly string[] = Object.values(NASA_HOSTS)
  const { servername } = ctx.socket as TLSSocket
  return known.includes(named) || typeof servername !== 'string' ? named : servername.toLowerCase()
}

function misdirected(ctx: ParameterizedContext, host: string): void {
  ctx.status = 421
  ctx.body = {
    code: 'STANDIN_HOST_UNKNOWN',
    message: `this stands for ${NASA_HOSTS.api} and ${NASA_HOSTS.pictures}, not for '${host}'`,
  }
}

// The path without its query, for that is where the key is.
function logged(log: Log): Middleware {
  return async (ctx, next) => {
    const began = performance.now()
    try {
      await next()
    } finally {
      const ms = Math.round(performance.now() - began)
      // Health checks ask every two seconds, for as long as the lab is up.
      const level = ctx.path === '/healthz' ? 'debug' : 'info'
      log[level]({ method: ctx.method, host: ctx.hostname, path: ctx.path, status: ctx.status, ms }, 'answered')
    }
  }
}
