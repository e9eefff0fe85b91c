import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import Koa, { type Context, type Middleware } from 'koa'
import Router from 'koa-router'
import type { Catalogue } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import type { Log } from '#kit/log.ts'
import { type Catalogues, firstLook } from '../experiment.ts'
import type { Reporter } from '../reporter.ts'
import { textOf } from '../reporters/html/markup.ts'
import { pinsOf } from '../reporters/html/pins.ts'
import { playPage } from '../reporters/html/play.ts'
import { type Run, resultOf } from '../result.ts'
import type { Asset } from './assets.ts'
import type { Feed } from './feed.ts'
import { guard } from './guard.ts'
import { queryOf, sceneIn } from './scene.ts'
import type { Theatre } from './theatre.ts'
import { plays } from './views/battery.ts'
import { page } from './views/page.ts'

export interface AppParts {
  readonly theatre: Theatre
  readonly feed: Feed
  readonly catalogues: Catalogues
  readonly assets: ReadonlyMap<string, Asset>
  readonly reporters: Catalogue<Reporter>
  /** Names under which it may be asked for. */
  readonly hosts: readonly string[]
  readonly log: Log
}

export function createApp(parts: AppParts): Koa {
  const app = new Koa()
  app.on('error', (error: unknown) => parts.log.debug({ err: error }, 'a connection broke'))
  app.use(guard(parts.hosts))
  app.use(compressed)
  app.use(explained)
  const router = routes(parts)
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

const SMALL = 1024
const zipped = promisify(gzip)

const compressed: Middleware = async (ctx, next) => {
  await next()
  const body: unknown = ctx.body
  if (ctx.respond === false || !(typeof body === 'string' || Buffer.isBuffer(body)) || ctx.type.startsWith('image/'))
    return
  ctx.vary('Accept-Encoding')
  if (body.length < SMALL || ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') return
  ctx.body = await zipped(body)
  ctx.set('Content-Encoding', 'gzip')
}

const explained: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (!(error instanceof LabError)) {
      // Thrown on, it would be answered without the headers that make the browser strict.
      ctx.app.emit('error', error, ctx)
      ctx.status = 500
      ctx.body = 'The dashboard itself failed.\n'
      return
    }
    ctx.status = error.code === 'UNKNOWN_ID' ? 404 : 400
    ctx.body = `${error.code}: ${error.message}${error.hint === undefined ? '' : `\n  hint: ${error.hint}`}\n`
  }
}

function routes(parts: AppParts): Router {
  const { theatre, feed, catalogues } = parts
  const router = new Router()
  const sceneOf = (ctx: Context) => sceneIn(new URLSearchParams(ctx.querystring), catalogues)

  router.get('/', (ctx) => {
    const scene = sceneOf(ctx)
    // As a form puts it; the address to pass on is the shorter one.
    if (ctx.query.world !== undefined) return ctx.redirect(`/?${queryOf(scene)}`)
    const showing = theatre.showing(scene)
    const act = new URLSearchParams(ctx.querystring).get('act')
    ctx.type = 'html'
    ctx.body = textOf(page({ showing, running: theatre.running, catalogues, act, position: feed.position() }))
  })
  router.get('/healthz', (ctx) => {
    ctx.body = { ok: true }
  })
  router.get('/assets/:name', (ctx) => {
    const asset = parts.assets.get(ctx.params.name ?? '')
    if (!asset) return
    ctx.type = asset.type
    ctx.body = asset.body
  })
  router.get('/pictures/:name', (ctx) => {
    const image = theatre.pictures.called(ctx.params.name ?? '')
    if (!image) return
    ctx.type = image.contentType
    ctx.set('Cache-Control', 'private, max-age=31536000, immutable')
    ctx.body = image.body
  })
  router.get('/events', (ctx) => {
    const key = queryOf(sceneOf(ctx))
    // The router takes HEAD for GET, and a stream without a body would never end.
    if (ctx.method === 'HEAD') {
      ctx.status = 200
      return
    }
    const ofScene = ['victim', 'road', 'attacker', 'state'].map((part) => [`${key} ${part}`, part])
    const topics = { ...Object.fromEntries(ofScene), battery: 'battery', matrix: 'matrix', cells: 'cells' }
    ctx.respond = false
    for (const [name, value] of Object.entries(ctx.response.headers)) ctx.res.setHeader(name, value ?? '')
    feed.subscribe(ctx.res, topics, ctx.get('last-event-id') || String(ctx.query.after ?? ''))
  })
  router.post('/play', (ctx) => {
    const scene = sceneOf(ctx)
    void theatre.play(scene)
    answered(ctx, `/?${queryOf(scene)}`)
  })
  router.post('/replay', (ctx) => {
    const scene = sceneOf(ctx)
    void theatre.replay(scene, {
      enforces: ctx.query.to === 'enforcing',
      how: ctx.query.token === 'none' ? 'without' : 'as-read',
    })
    answered(ctx, `/?${queryOf(scene)}`)
  })
  router.post('/battery', (ctx) => {
    const patterns = ctx.query.which === 'all' ? ALL : firstLook(catalogues, ALL)
    void theatre.runAll(patterns, sceneOf(ctx).road)
    answered(ctx, '/')
  })
  router.post('/battery/stop', (ctx) => {
    theatre.stop()
    answered(ctx, '/')
  })
  router.get('/matrix', (ctx) => {
    ctx.type = 'html'
    const shown = plays(theatre.running)
    ctx.body = shown ? textOf(shown) : ''
  })
  router.get('/evidence', (ctx) => {
    const { run, scene } = theatre.showing(sceneOf(ctx))
    evidence(ctx, run, { attack: scene.attack.id, client: scene.client.id })
  })
  router.get('/evidence/:attack/:client', (ctx) => {
    const { attack = '', client = '' } = ctx.params
    evidence(ctx, theatre.running?.run, { attack, client })
  })
  router.get('/reports/:name', (ctx) => {
    const reporter = parts.reporters.get(ctx.params.name ?? '')
    const run = theatre.running?.run
    if (!reporter || !run) return
    const { type, file } = DOWNLOADS[reporter.id] ?? { type: 'text', file: `battery.${reporter.id}` }
    ctx.attachment(file)
    ctx.type = type
    ctx.body = reporter.render(run, { colour: false, width: 100 })
  })
  return router
}

const ALL = { attack: [], client: [] }

const DOWNLOADS: Readonly<Record<string, { readonly type: string; readonly file: string }>> = {
  html: { type: 'html', file: 'battery.html' },
  json: { type: 'json', file: 'battery.json' },
  junit: { type: 'xml', file: 'battery.xml' },
  sarif: { type: 'json', file: 'battery.sarif' },
}

/** The script wants no page; who has none gets the one that shows what comes of it. */
function answered(ctx: Context, address: string): void {
  if (ctx.get('accept') === 'application/json') {
    ctx.status = 202
    return
  }
  ctx.redirect(address)
  // Whatever the method was, the page is to be fetched with GET (RFC 9110 section 15.4.4).
  ctx.status = 303
}

function evidence(ctx: Context, run: Run | undefined, of: { readonly attack: string; readonly client: string }): void {
  const result = run && resultOf(run, of.attack, of.client)
  const attack = run?.attacks.find(({ id }) => id === of.attack)
  const client = run?.clients.find(({ id }) => id === of.client)
  if (!run || !result || !attack || !client) return
  ctx.type = 'html'
  ctx.body = textOf(playPage(result, { run, attack, client, pins: pinsOf(run, client) }))
}
