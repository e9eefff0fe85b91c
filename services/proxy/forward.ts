import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Middleware, ParameterizedContext } from 'koa'
import type { Answer, Client } from './exchange.ts'
import { failure } from './failures.ts'
import { downwards, upwards } from './headers.ts'
import { withKey } from './inject-key.ts'
import { confirmedTag, isJson, rewrittenBody, rewrittenHeaders } from './json-answer.ts'
import { type Detour, publicOrigin, throughProxy } from './public-address.ts'
import { rewriteImages } from './rewrite-images.ts'
import { type Target, targetOf } from './route.ts'
import type { ProxyState } from './state.ts'
import type { Upstream } from './upstream.ts'

export interface ForwardRules {
  readonly upstream: Upstream
  readonly nasaKey: string
  readonly allowedHosts: readonly string[]
  readonly trustForwarded: boolean
  /** JSON is read whole to be rewritten: how much of it, bytes. */
  readonly jsonBytes: number
  /** Takes our key out of a text that an upstream echoes. */
  readonly redact: (text: string) => string
}

type Context = ParameterizedContext<ProxyState>

/** The heart: asks the upstream and passes the answer on, streaming everything but JSON. */
export function forward(rules: ForwardRules): Middleware<ProxyState> {
  return async (ctx) => {
    const target = targetOf(ctx.req.url ?? '', rules.allowedHosts)
    const detour = { origin: publicOrigin(ctx.req, rules.trustForwarded), allowedHosts: rules.allowedHosts }
    const answer = await askFor(target, ctx.req, { ...rules, client: clientOf(ctx.res) })
    // From here on the answer is written by hand: Koa would touch lengths and types that are the upstream's to say.
    ctx.respond = false
    try {
      await passOn(ctx, answer, { rules, target, detour })
    } catch (error) {
      // What is left of it is not wanted: its connection must not stay open, waiting for a reader.
      answer.destroy()
      throw error
    }
  }
}

interface Passage {
  readonly rules: ForwardRules
  readonly target: Target
  readonly detour: Detour
}

async function passOn(ctx: Context, answer: Answer, passage: Passage): Promise<void> {
  const { rules, target, detour } = passage
  const headers = passedHeaders(answer, passage)
  // What this proxy says for itself, its origin's safety above all, is not the upstream's to overrule.
  for (const name of ctx.res.getHeaderNames()) delete headers[name]
  const bodiless = ctx.method === 'HEAD' || answer.status === 204 || answer.status === 304
  if (isJson(answer)) {
    const rewrite = (text: string) => rules.redact(rewriteImages(text, detour))
    const body = bodiless
      ? undefined
      : await rewrittenBody(answer, { host: target.host, limit: rules.jsonBytes, rewrite })
    send(ctx, answer, { headers: jsonHeaders(headers, body?.length, rules), body })
  } else if (bodiless) {
    send(ctx, answer, { headers: bodilessHeaders(headers, ctx.req.headers['if-none-match'], answer), body: undefined })
  } else {
    await stream(ctx, answer, headers)
  }
}

/** Gone is who ends the connection before its answer has ended. */
function clientOf(response: ServerResponse): Client {
  return {
    get gone() {
      return (response.closed || response.destroyed) && !response.writableFinished
    },
    onGone: (callback) => void response.once('close', callback),
    offGone: (callback) => void response.off('close', callback),
  }
}

async function askFor(
  target: Target,
  request: IncomingMessage,
  { upstream, nasaKey, client }: ForwardRules & { client: Client },
): Promise<Answer> {
  const query = withKey(target.host, target.query, nasaKey)
  const path = query ? `${target.path}?${query}` : target.path
  const headers = upwards(request, target.host)
  const ask = (sent: Record<string, string>) =>
    upstream.ask({ host: target.host, path, method: request.method === 'HEAD' ? 'HEAD' : 'GET', headers: sent, client })
  const answer = await ask(headers)
  if (answer.status !== 206 || !isJson(answer)) return answer
  // A part of JSON cannot be rewritten, and a range of the upstream's bytes is none of ours: asked again for the whole.
  answer.destroy()
  const { range: _, 'if-range': __, ...whole } = headers
  return ask(whole)
}

function passedHeaders(answer: Answer, { rules, target, detour }: Passage): OutgoingHttpHeaders {
  const passed = downwards(answer)
  const base = `https://${target.host}${target.path}`
  const contentLocation = passed['content-location']
  delete passed['content-location']
  if (typeof contentLocation === 'string') {
    const led = throughProxy(contentLocation, detour, base)
    if (led !== undefined) passed['content-location'] = led
  }
  if (passed.location !== undefined) {
    const led = throughProxy(String(passed.location), detour, base)
    if (led === undefined)
      throw failure('UPSTREAM_REDIRECTED_AWAY', `${target.host} redirects to where this proxy does not lead`)
    passed.location = led
  }
  for (const [name, value] of Object.entries(passed)) if (typeof value === 'string') passed[name] = rules.redact(value)
  return passed
}

function jsonHeaders(
  headers: OutgoingHttpHeaders,
  length: number | undefined,
  { trustForwarded }: ForwardRules,
): OutgoingHttpHeaders {
  const ours = rewrittenHeaders(headers, length)
  if (!trustForwarded) return ours
  const vary = [ours.vary ?? [], 'Forwarded', 'X-Forwarded-Host', 'X-Forwarded-Port'].flat().join(', ')
  return { ...ours, vary }
}

function bodilessHeaders(
  headers: OutgoingHttpHeaders,
  ifNoneMatch: string | undefined,
  { status }: Answer,
): OutgoingHttpHeaders {
  if (status !== 304 || typeof headers.etag !== 'string') return headers
  return { ...headers, etag: confirmedTag(headers.etag, ifNoneMatch) }
}

function send(
  ctx: Context,
  { status }: Answer,
  { headers, body }: { headers: OutgoingHttpHeaders; body: Buffer | undefined },
): void {
  ctx.state.bytes = body?.length ?? 0
  ctx.res.writeHead(status, headers)
  ctx.res.end(body)
}

/** Of a picture, on its way to a client that is slower than the upstream: to pause for less costs more than it saves. bytes */
const HELD = 262_144

async function stream({ res, state }: Context, answer: Answer, headers: OutgoingHttpHeaders): Promise<void> {
  res.writeHead(answer.status, headers)
  state.bytes = 0
  await answer.read({
    write: (chunk) => {
      state.bytes = (state.bytes ?? 0) + chunk.length
      return res.write(chunk) || res.writableLength < HELD
    },
    drained: (resume) => void res.once('drain', resume),
  })
  res.end()
}
