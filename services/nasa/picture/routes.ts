import type { Middleware, ParameterizedContext } from 'koa'
import Router from 'koa-router'
import { todayAt } from '../day.ts'
import { inside } from '../inside.ts'
import type { Library, Picture } from './library.ts'
import { parseRange } from './range.ts'

/** `GET` and `HEAD /apod/image/…`: whole, in one range, or "not modified". */
export function pictureRoutes(library: Library, now: () => Date): Middleware {
  const router = new Router()
  // A string pattern would decode and split what imagePath() made; the whole path is the key.
  router.get(/^\/apod\/image\//, async (ctx) => {
    const picture = await library.find(ctx.path, todayAt(now()))
    if (picture) send(ctx, picture)
  })
  return inside(router, notFound)
}

function send(ctx: ParameterizedContext, picture: Picture): void {
  ctx.status = 200
  ctx.set({ ETag: picture.etag, 'Accept-Ranges': 'bytes', 'Cache-Control': 'public, max-age=86400' })
  ctx.lastModified = picture.lastModified
  ctx.set('Content-Type', 'image/jpeg')
  // RFC 9110 section 13.2.2: conditions come before ranges.
  if (ctx.fresh) {
    ctx.status = 304
    ctx.remove('Content-Type')
    return
  }
  const { bytes } = picture
  const asked = ctx.method === 'GET' && stillTheSame(ctx, picture) ? parseRange(ctx.get('range'), bytes.length) : 'all'
  if (asked === 'unsatisfiable') {
    ctx.status = 416
    ctx.set('Content-Range', `bytes */${bytes.length}`)
    ctx.remove('Content-Type')
    ctx.body = ''
  } else if (asked === 'all') {
    ctx.body = bytes
  } else {
    ctx.status = 206
    ctx.set('Content-Range', `bytes ${asked.first}-${asked.last}/${bytes.length}`)
    ctx.body = bytes.subarray(asked.first, asked.last + 1)
  }
}

// RFC 9110 section 13.1.5: a range of something else than the client has the beginning of is of no use to it.
function stillTheSame(ctx: ParameterizedContext, picture: Picture): boolean {
  const known = ctx.get('if-range')
  if (known === '') return true
  if (known.includes('"')) return known === picture.etag
  return Date.parse(known) === Math.floor(picture.lastModified.getTime() / 1000) * 1000
}

function notFound(ctx: ParameterizedContext): void {
  ctx.status = 404
  ctx.set('Content-Type', 'text/html; charset=utf-8')
  ctx.body = `<!DOCTYPE html>
<html><head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The requested URL was not found on this server.</p></body></html>
`
}
