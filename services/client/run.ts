import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Entry } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import type { Client, ClientReport, OpenClient, PictureOfTheDay, Situation } from './client.ts'
import { within } from './deadline.ts'
import { describe, imageAddress, parseApod } from './picture.ts'
import { failureOf } from './refusal.ts'
import { answerable } from './strays.ts'

export interface VisitDeps {
  /** Obtains the attestation token that is sent along; without one, none is sent. */
  readonly attest: () => Promise<string | undefined>
  /** Ends the visit early, as its deadline does. */
  readonly signal?: AbortSignal
}

/** NASA's address behind the proxy: today's picture, with a still where it is a video. */
const TODAY = '/api.nasa.gov/planetary/apod?thumbs=true'

/** ms after which a client that does not close is left to itself */
const CLOSE_LIMIT = 2_000

/**
 * What one client says of one visit: the picture of the day and its image over one connection, the attestation token
 * with both. Never rejects, and takes no longer than the situation's timeout and the closing.
 */
export async function visit(client: Entry<Client>, situation: Situation, deps: VisitDeps): Promise<ClientReport> {
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  let opened: OpenClient | undefined
  try {
    const seen = await answerable(client.id, deps.signal).within(situation.timeout, async (signal) => {
      const token = await attested(deps.attest)
      signal.throwIfAborted()
      opened = await open(client, situation, signal)
      return await look(opened, situation.origin, token === undefined ? {} : { 'approov-token': token })
    })
    return { outcome: 'accepted', ...seen, ms: ms() }
  } catch (error) {
    return { ...failureOf(error), ms: ms() }
  } finally {
    await opened?.close()
  }
}

// A token that could not be had says nothing about the API, whatever the reason: never a refusal.
async function attested(attest: VisitDeps['attest']): Promise<string | undefined> {
  try {
    return await attest()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new LabError('CLIENT_UNATTESTED', `no attestation token: ${why}`, { kind: 'failure', cause: error })
  }
}

/** Closed once: by the deadline, which frees a request that hangs, or by the end of the visit. */
async function open(client: Client, situation: Situation, signal: AbortSignal): Promise<OpenClient> {
  const opened = await client.open(situation)
  let closing: Promise<void> | undefined
  // Bound: what a client lets stray when it closes is still that client's.
  const close = AsyncLocalStorage.bind(() => {
    closing ??= within(CLOSE_LIMIT, undefined, () => opened.close()).catch(() => {
      // The visit is over, and a client that cannot close does not change what it saw.
    })
    return closing
  })
  // Too late to be used is not too late to be closed.
  if (signal.aborted) await close()
  else signal.addEventListener('abort', close, { once: true })
  return { get: (path, headers) => opened.get(path, headers), close }
}

interface Seen {
  readonly status: number
  readonly picture?: PictureOfTheDay
}

async function look(opened: OpenClient, origin: string, headers: Readonly<Record<string, string>>): Promise<Seen> {
  const answer = await opened.get(TODAY, headers)
  if (answer.status !== 200) return { status: answer.status }
  const apod = parseApod(answer.body)
  const address = imageAddress(apod, origin)
  if (address === undefined) return { status: answer.status, picture: describe(apod) }
  const image = await opened.get(address, headers)
  const sha256 = createHash('sha256').update(image.body).digest('hex')
  return { status: image.status, picture: describe(apod, { ...image, sha256 }) }
}
