import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { codeOf, LabError } from '#kit/error.ts'
import { failure } from './failures.ts'
import type { Limits } from './limits.ts'

export interface Question {
  readonly host: string
  /** With the query. */
  readonly path: string
  readonly method: 'GET' | 'HEAD'
  readonly headers: Record<string, string>
  /** When it goes away, the upstream socket is closed. */
  readonly client: Client
}

export interface Client {
  readonly gone: boolean
  onGone(callback: () => void): void
  offGone(callback: () => void): void
}

/** Its client has left before it was answered: there is nobody to tell. */
export class ClientGone extends Error {}

/** An upstream's answer, whose head is there. */
export interface Answer {
  readonly status: number
  /** By name in lower case; those that came more than once are lists. */
  readonly headers: IncomingHttpHeaders
  /**
   * Hands the body on as it comes, at the pace of whoever takes it. Once.
   * @throws LabError UPSTREAM_IDLE_TIMED_OUT, UPSTREAM_BROKE_OFF; ClientGone; what the sink throws
   */
  read(sink: Sink): Promise<void>
  /** Nobody wants it, or what is left of it: its connection must not stay open, waiting for a reader. */
  destroy(): void
}

export interface Sink {
  /** @returns whether more may come at once */
  write(chunk: Buffer): boolean
  /** Calls back, once, when more may come. */
  drained(resume: () => void): void
}

/** The connection ended before anything came: nothing was promised, so GET and HEAD may be asked anew (RFC 9110 section 9.2.2). */
export const UNANSWERED = 'unanswered'

/** ECONNRESET, by a name that undici does not know. */
export const RESET = 'ECONNRESET (upstream)'

type Controller = Dispatcher.DispatchController
type Patience = Pick<Limits, 'firstByteMs' | 'idleMs'>

/** One question, one answer. @throws LabError one of the UPSTREAM_ failures, ClientGone */
export function exchange(
  question: Question,
  pool: Dispatcher,
  patience: Patience,
): Promise<Answer | typeof UNANSWERED> {
  const { path, method, headers } = question
  const begun = new Exchange(question, patience)
  if (!begun.over) pool.dispatch({ path, method, headers }, begun)
  return begun.head.promise
}

class Exchange implements Dispatcher.DispatchHandler, Answer {
  status = 0
  headers: IncomingHttpHeaders = {}
  readonly head = Promise.withResolvers<Answer | typeof UNANSWERED>()
  over = false
  readonly #body = Promise.withResolvers<void>()
  readonly #question: Question
  readonly #patience: Patience
  #controller: Controller | undefined
  #sink: Sink | undefined
  /** What came before anybody read. */
  #held: Buffer[] = []
  #timer: NodeJS.Timeout | undefined
  /** How often something has come. */
  #heard = 0

  constructor(question: Question, patience: Patience) {
    this.#question = question
    this.#patience = patience
    // Whoever reads is told; what fails before that is told with the head.
    this.#body.promise.catch(() => {})
    if (question.client.gone) this.#gone()
    else question.client.onGone(this.#gone)
  }

  read(sink: Sink): Promise<void> {
    this.#sink = sink
    try {
      for (const chunk of this.#held.splice(0)) this.#take(chunk)
    } catch (error) {
      this.#end(error as Error)
    }
    return this.#body.promise
  }

  destroy(): void {
    this.#end(new Error('what is left of it is not wanted'))
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    const { firstByteMs } = this.#patience
    const late = () => this.#fail('UPSTREAM_FIRST_BYTE_TIMED_OUT', `did not begin to answer within ${firstByteMs} ms`)
    if (this.over) controller.abort(new ClientGone())
    else this.#timer = setTimeout(this.#ifSilent, firstByteMs, late)
  }

  onResponseStart(_: Controller, status: number, headers: IncomingHttpHeaders): void {
    // Another follows (RFC 9110 section 15.2).
    if (status >= 100 && status < 200) return
    const wrong = complaint(status, headers, this.#question.method)
    if (wrong) throw failure('UPSTREAM_BAD_ANSWER', `${this.#question.host} ${wrong}`)
    this.#rest()
    this.status = status
    this.headers = headers
    this.#wait()
    this.head.resolve(this)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#sink) {
      this.#take(chunk)
      return
    }
    this.#held.push(chunk)
    this.#rest()
    controller.pause()
  }

  onResponseEnd(): void {
    this.#settle()
  }

  onResponseError(_: Controller, error: Error): void {
    const { host, client } = this.#question
    if (this.status === 0 && !client.gone && endedSilently(error)) this.head.resolve(UNANSWERED)
    this.#settle(client.gone ? new ClientGone() : explained(error, host, this.status !== 0))
  }

  #take(chunk: Buffer): void {
    const more = this.#sink?.write(chunk)
    // All of it has come, and was only held.
    if (this.over) return
    if (more) this.#goOn()
    else {
      this.#rest()
      this.#controller?.pause()
      this.#sink?.drained(() => this.#goOn())
    }
  }

  #goOn(): void {
    if (this.over) return
    this.#wait()
    if (this.#controller?.paused) this.#controller.resume()
  }

  // The clock runs only while the upstream is waited for, so that a slow reader is not taken for a silent upstream.
  #wait(): void {
    this.#heard += 1
    if (this.#timer) this.#timer.refresh()
    else this.#timer = setTimeout(this.#ifSilent, this.#patience.idleMs, this.#idled)
  }

  /** A process that stood still finds its clocks run down before it finds what has arrived meanwhile: that is read first. */
  #ifSilent = (late: () => void): void => {
    const heard = this.#heard
    setImmediate(() => {
      if (heard === this.#heard) late()
    })
  }

  #rest(): void {
    this.#heard += 1
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #idled = (): void => this.#fail('UPSTREAM_IDLE_TIMED_OUT', `fell silent for ${this.#patience.idleMs} ms`)

  #gone = (): void => this.#end(new ClientGone())

  #fail(code: 'UPSTREAM_FIRST_BYTE_TIMED_OUT' | 'UPSTREAM_IDLE_TIMED_OUT', what: string): void {
    this.#end(failure(code, `${this.#question.host} ${what}`))
  }

  #end(error: Error): void {
    this.#settle(error)
    this.#controller?.abort(error)
  }

  #settle(error?: Error): void {
    if (this.over) return
    this.over = true
    this.#rest()
    this.#question.client.offGone(this.#gone)
    if (error) {
      this.head.reject(error)
      this.#body.reject(error)
    } else this.#body.resolve()
  }
}

function endedSilently(error: Error): boolean {
  return [RESET, 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '') || error.message === 'other side closed'
}

function complaint(status: number, headers: IncomingHttpHeaders, method: Question['method']): string | undefined {
  // RFC 9110 section 15.
  if (status < 100 || status > 599) return `answered with ${status}, which is no status`
  // undici undoes chunks and nothing else: what is packed in another way would pass for what it is not.
  const coding = headers['transfer-encoding']
  if (coding !== undefined) {
    const chunked = /^chunked$/i.test(String(coding))
    return chunked ? undefined : 'packed its answer for the transfer in a way that was not asked for'
  }
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  // RFC 9112 section 9.8: it would end with its connection, and whether with TLS's word for it (`close_notify`) Node does not
  // say. Half of such an answer would look whole.
  return hasBody && headers['content-length'] === undefined
    ? 'does not say where its answer ends: it names no length and sends no chunks'
    : undefined
}

/** What undici calls an answer that is none; its parser gives most of them no code. */
const NO_ANSWER = /^(HTTPParserError|HeadersOverflowError)$/

function explained(error: Error, host: string, begun: boolean): Error {
  if (error instanceof LabError) return error
  if (error.message === 'bad upgrade')
    return failure('UPSTREAM_BAD_ANSWER', `${host} wants to switch to a protocol that nobody asked for`, error)
  if (error.message === 'bad response')
    return failure('UPSTREAM_BAD_ANSWER', `${host} asks for a body that nobody has announced`, error)
  // In a head, it is two lengths that contradict each other.
  const contradicts = !begun && codeOf(error) === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  const endsEarly = error.message.endsWith('(Invalid EOF state)')
  if (contradicts || (NO_ANSWER.test(error.name) && !endsEarly))
    return failure('UPSTREAM_BAD_ANSWER', `${host} answered something that is not HTTP`, error)
  return failure('UPSTREAM_BROKE_OFF', `${host} broke off its answer`, error)
}
