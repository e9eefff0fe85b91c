import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { type Agent, request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream'
import { codeOf } from '#kit/error.ts'
import { HOP_BY_HOP } from '#proxy/headers.ts'

export type Question = IncomingMessage | Http2ServerRequest
export type Answer = ServerResponse | Http2ServerResponse

export interface Destination {
  /** Verifies whom it connects to. */
  readonly agent: Agent
  /** The name that the other end must prove. */
  readonly servername: string
  readonly address: { readonly host: string; readonly port: number }
  readonly path: string
  /** The Host header. */
  readonly host: string
  /** Told the reason when there was no answer. */
  readonly onFailure: (reason: string) => void
}

/**
 * Asks the same of another server and streams bodies both ways. When the client leaves, so does the request; when the
 * other end breaks off, so does the answer, or it is a 502 when it had not begun.
 */
export function passOn(question: Question, answer: Answer, to: Destination): void {
  const asked = httpsRequest({
    ...to.address,
    agent: to.agent,
    servername: to.servername,
    method: question.method ?? 'GET',
    path: to.path,
    headers: headersFor(question, to.host),
  })
  let waiting = true
  asked.once('response', (genuine) => {
    waiting = false
    passBack(genuine, answer)
  })
  asked.on('error', (error) => {
    // An answer may come before the question has ended; what then goes wrong with the question is no matter.
    if (!waiting) return
    const reason = codeOf(error) ?? error.message
    to.onFailure(reason)
    refuse(answer, `the genuine host gave no answer: ${reason}\n`)
  })
  answer.once('close', () => {
    waiting = false
    // After a whole answer its connection is free for the next question by now, and this does nothing to it.
    asked.destroy()
  })
  // Not by pipeline(), which destroys the client's connection with the upstream's: nobody could read an early refusal.
  question.pipe(asked)
  asked.once('close', () => question.resume())
}

function refuse(answer: Answer, text: string): void {
  answer.statusCode = 502
  answer.setHeader('content-type', 'text/plain')
  answer.end(text)
}

function passBack(genuine: IncomingMessage, answer: Answer): void {
  answer.statusCode = genuine.statusCode ?? 502
  for (const [name, value] of Object.entries(endToEnd(genuine.headers))) answer.setHeader(name, value)
  // Whichever end breaks off, the other is destroyed: a body that was cut short never looks whole.
  pipeline(genuine, answer, () => {})
}

function headersFor(question: Question, host: string): OutgoingHttpHeaders {
  // "100 Continue" was said here, by Node.
  const { expect: _, ...kept } = endToEnd(question.headers)
  // Else Node would send the body of a GET without a frame, to be read as the next request.
  return { ...kept, host, ...(hasUnmeasuredBody(question) ? { 'transfer-encoding': 'chunked' } : {}) }
}

function hasUnmeasuredBody(question: Question): boolean {
  if (question.headers['content-length'] !== undefined) return false
  return 'stream' in question ? !question.stream.endAfterHeaders : question.headers['transfer-encoding'] !== undefined
}

/** Without what belongs to one connection (RFC 9110 section 7.6.1), and without HTTP/2's pseudo-headers. */
function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const tied = (headers.connection ?? '').toLowerCase().split(/[\s,]+/)
  const dropped = new Set([...HOP_BY_HOP, ...tied])
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':') && !dropped.has(name)) kept[name] = value
  }
  return kept
}
