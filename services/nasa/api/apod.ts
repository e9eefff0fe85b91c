import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Middleware, ParameterizedContext } from 'koa'
import Router from 'koa-router'
import { describe, type Entry } from '../caption/entry.ts'
import { type Day, todayAt } from '../day.ts'
import { inside } from '../inside.ts'
import { refuse } from './gateway.ts'
import { readQuery } from './query.ts'

const SERVICE_VERSION = 'v1'
const compress = promisify(gzip)
// Under this a compressed body is hardly smaller, as with NASA's front.
const WORTH_COMPRESSING = 1000

/** `GET /planetary/apod`, answering as https://github.com/nasa/apod-api does. */
export function apodRoutes(now: () => Date): Middleware {
  const router = new Router()
  router.get('/planetary/apod', async (ctx) => {
    const parameters = new URLSearchParams(ctx.querystring)
    parameters.delete('api_key')
    const query = readQuery(parameters, todayAt(now()))
    ctx.set('Access-Control-Allow-Origin', '*')
    if (query.kind === 'refused') {
      return reply(ctx, 400, { code: 400, msg: query.message, service_version: SERVICE_VERSION })
    }
    const show = (day: Day) => fieldsOf(describe(day), query)
    return reply(ctx, 200, query.kind === 'one' ? show(query.day) : query.days.map(show))
  })
  return inside(router, (ctx) => refuse(ctx, 'NOT_FOUND'))
}

// Flask sorts the fields by name; an absent field is absent, never null.
function fieldsOf(entry: Entry, asked: { readonly thumbs: boolean; readonly concepts: boolean }) {
  return {
    ...(asked.concepts ? { concepts: 'concept_tags functionality turned off in current service' } : {}),
    ...(entry.copyright === undefined ? {} : { copyright: entry.copyright }),
    date: entry.day,
    explanation: entry.explanation,
    ...(entry.hdurl === undefined ? {} : { hdurl: entry.hdurl }),
    media_type: entry.mediaType,
    service_version: SERVICE_VERSION,
    ...(asked.thumbs && entry.thumbnailUrl !== undefined ? { thumbnail_url: entry.thumbnailUrl } : {}),
    title: entry.title,
    url: entry.url,
  }
}

async function reply(ctx: ParameterizedContext, status: number, value: unknown): Promise<void> {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  ctx.status = status
  ctx.set('Content-Type', 'application/json')
  ctx.vary('Accept-Encoding')
  if (body.length < WORTH_COMPRESSING || ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') {
    ctx.body = body
    return
  }
  ctx.set('Content-Encoding', 'gzip')
  ctx.body = await compress(body)
}
