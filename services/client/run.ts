import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Entry } from '#kit/catalogue.ts'
import type { Ability } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import type { Attested } from './attest.ts'
import type { Answer, Client, ClientReport, OpenClient, PictureOfTheDay, PinnedHost, Situation } from './client.ts'
import { within } from './deadline.ts'
import { describe, imageAddress, parseApod, pathOf, TODAY } from './picture.ts'
import { failureOf } from './refusal.ts'
import { answerable } from './strays.ts'

export interface VisitDeps {
  /** Obtains the attestation token that is sent along; without one, none is sent. */
  readonly attest: () => Promise<string | undefined>
  /** Where that token is bound: what goes with it in one request. */
  readonly prove?: Attested['prove']
  /** Ends the visit early, as its deadline does. */
  readonly signal?: AbortSignal
  /** Given each picture that the client has got, with the image as it came: for somebody to look at. */
  readonly show?: Show
}

export type Show = (picture: PictureOfTheDay, image?: Image) => void

/** What the client took for an image: whoever stands between has had it in their hands. */
export type Image = Pick<Answer, 'contentType' | 'body'>

/** ms after which a client that does not close is left to itself */
const CLOSE_LIMIT = 2_000

/** One client, open, and asked for one thing after the other. No function of it rejects but `close`, which never fails. */
export interface Visit {
  /** The picture of the day and its image, the attestation token with both. */
  look(): Promise<ClientReport>
  /** The same of another day, where the client is ours and lives in this process. @param day `2017-01-01` */
  lookAt?(day: string): Promise<ClientReport>
  /** A request that the app does not pin, and that carries no token. */
  glance(address: string): Promise<ClientReport>
  /** @returns what went wrong, if anything did */
  renewPins(pins: readonly PinnedHost[]): Promise<ClientReport | undefined>
  close(): Promise<void>
}

/** What one client says of one visit with one look. Takes no longer than the situation's timeout and the closing. */
export async function visit(client: Entry<Client>, situation: Situation, deps: VisitDeps): Promise<ClientReport> {
  const opened = openVisit(client, situation, deps)
  try {
    return await opened.look()
  } finally {
    await opened.close()
  }
}

/** Opens the client when it is first asked for something. Each step takes no longer than the situation's timeout. */
export function openVisit(client: Entry<Client>, situation: Situation, deps: VisitDeps): Visit {
  const answering = answerable(client.id, deps.signal)
  let opened: Opened | undefined
  const step = async <T extends object>(act: (client: OpenClient, token: Token) => Promise<T>) => {
    const started = performance.now()
    const ms = () => Math.round(performance.now() - started)
    try {
      const seen = await answering.within(situation.timeout, async (signal) => {
        const token = await attested(deps.attest)
        signal.throwIfAborted()
        opened ??= await open(client, situation, token)
        // Closing frees a request that hangs; too late to be used is not too late to be closed.
        if (signal.aborted) await opened.close()
        else signal.addEventListener('abort', opened.close, { once: true })
        return await act(opened.client, token)
      })
      return { outcome: 'accepted' as const, ...seen, ms: ms() }
    } catch (error) {
      return { ...failureOf(error), ms: ms() }
    }
  }
  const { origin, hostHeader } = situation
  const usual = hostHeader === undefined ? {} : { host: hostHeader }
  const lookAt = (path: string) =>
    step(async (one, token) => {
      const headersFor = headersWith({ token, usual, origin }, deps.prove)
      if (!one.look) return look(one, { path, origin, headersFor, ...(deps.show && { show: deps.show }) })
      await one.look(token)
      return {}
    })
  return {
    look: () => lookAt(TODAY),
    ...(client.outside === undefined && { lookAt: (day: string) => lookAt(pathOf(day)) }),
    glance: (address) =>
      step(async (one) => {
        if (!one.glance) throw unable(client, 'unpinned-requests')
        const answer = await one.glance(address)
        return answer ? { status: answer.status } : {}
      }),
    renewPins: async (pins) => {
      const report = await step(async (one) => {
        if (!one.renewPins) throw unable(client, 'new-pins')
        await one.renewPins(pins)
        return { status: 0 }
      })
      return report.outcome === 'accepted' ? undefined : report
    },
    close: async () => void (await opened?.close()),
  }
}

type Token = string | undefined
type HeadersFor = (path: string) => Promise<Readonly<Record<string, string>>>

interface Sent {
  readonly token: Token
  readonly usual: Readonly<Record<string, string>>
  readonly origin: string
}

function headersWith({ token, usual, origin }: Sent, prove: Attested['prove']): HeadersFor {
  return async (address) => {
    if (token === undefined) return usual
    const headers = { ...usual, 'approov-token': token }
    if (!prove) return headers
    const { pathname, search } = new URL(address, origin)
    return { ...headers, 'approov-proof': await prove({ method: 'GET', target: `${pathname}${search}`, token }) }
  }
}

function unable({ id }: Entry<Client>, ability: Ability): LabError {
  return new LabError('CLIENT_UNABLE', `${id} claims '${ability}' and has no function for it`, { kind: 'failure' })
}

/**
 * A token that could not be had says nothing about the API, whatever the reason: never a refusal.
 * @throws LabError CLIENT_UNATTESTED
 */
export async function attested(attest: VisitDeps['attest']): Promise<string | undefined> {
  try {
    return await attest()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new LabError('CLIENT_UNATTESTED', `no attestation token: ${why}`, { kind: 'failure', cause: error })
  }
}

interface Opened {
  readonly client: OpenClient
  /** Once: by the deadline of a step, or by the end of the visit. */
  readonly close: () => Promise<void>
}

async function open(entry: Client, situation: Situation, token: Token): Promise<Opened> {
  const client = await entry.open(situation, token)
  let closing: Promise<void> | undefined
  // Bound: what a client lets stray when it closes is still that client's.
  const close = AsyncLocalStorage.bind(() => {
    closing ??= within(CLOSE_LIMIT, undefined, () => client.close()).catch(() => {
      // The visit is over, and a client that cannot close does not change what it saw.
    })
    return closing
  })
  return { client, close }
}

interface Seen {
  readonly status?: number
  readonly picture?: PictureOfTheDay
}

interface Looking {
  readonly path: string
  readonly origin: string
  readonly headersFor: HeadersFor
  readonly show?: Show
}

async function look(opened: OpenClient, { path, origin, headersFor, show }: Looking): Promise<Seen> {
  const answer = await opened.get(path, await headersFor(path))
  if (answer.status !== 200) return { status: answer.status }
  const apod = parseApod(answer.body)
  const address = imageAddress(apod, origin)
  if (address === undefined) {
    const picture = describe(apod)
    show?.(picture)
    return { status: answer.status, picture }
  }
  const image = await opened.get(address, await headersFor(address))
  const sha256 = createHash('sha256').update(image.body).digest('hex')
  const picture = describe(apod, { ...image, sha256 })
  show?.(picture, image)
  return { status: image.status, picture }
}
