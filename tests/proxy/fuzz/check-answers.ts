import { gunzipSync } from 'node:zlib'
import { FAILURES } from '#proxy/failures.ts'
import type { Conversation } from '../hostile.ts'
import { type Answer, type Reading, readAnswers } from './answers.ts'
import { indexOfTarget, targetOf } from './check-upstream.ts'
import { NASA_KEY } from './secrets.ts'
import { pictureOf, SERIAL, type Seen } from './upstream.ts'

/** What came back on one connection. */
export interface Heard {
  /** A character is a byte. */
  readonly bytes: string
  /** The client waited for the end in vain, and left. */
  readonly lost: boolean
  /** Why the connection never stood. */
  readonly refused?: string
  /** It stayed open long after its client had ended it. */
  readonly stuck?: boolean
}

export interface Checked {
  readonly statuses: readonly number[]
  readonly complaint?: string
}

/** @param reached takes an upstream's request out of those that no answer has named yet */
export function checkAnswers(
  conversation: Conversation,
  heard: Heard,
  reached: (serial: number) => Seen | undefined,
): Checked {
  const reading = readAnswers(heard.bytes, (index) => {
    const known = conversation.sound[index]?.method
    if (known !== undefined) return known === 'HEAD'
    return conversation.sent.includes('HEAD') ? undefined : false
  })
  const statuses = reading.answers.map(({ status }) => status)
  const complaint =
    complaintAboutConnection(heard) ??
    complaintAboutCount(conversation, reading) ??
    complaintAboutBodies(reading) ??
    complaintAboutNames(conversation, reading, reached)
  return { statuses, ...(complaint === undefined ? {} : { complaint }) }
}

function complaintAboutConnection({ bytes, refused, stuck }: Heard): string | undefined {
  if (refused !== undefined) return `the proxy takes no connection: ${refused}`
  if (stuck) return 'the connection stays open after its client has ended it'
  return bytes.includes(NASA_KEY) ? 'the NASA key is in what was sent back' : undefined
}

function complaintAboutCount({ sent, sound, allSound }: Conversation, reading: Reading): string | undefined {
  const { answers, interim, wrong } = reading
  if (wrong !== undefined) return `answer ${answers.length + 1}: ${wrong}`
  // The shortest request is a line and an empty one; what is left over may be answered too.
  const most = Math.floor(sent.split('\n').length / 2) + 1
  if (answers.length > most) return `${answers.length} answers, where at most ${most} requests were sent`
  if (interim > 0 && !/100-continue/i.test(sent)) return 'a 100 that nobody asked for'
  if (answers.slice(0, -1).some(({ whole }) => !whole)) return 'an answer that begins within another one'
  if (!allSound) return undefined
  const wanted = sound.length + 1
  if (answers.length !== wanted) return `${answers.length} answers to ${wanted} sound requests`
  return answers.every(({ whole }) => whole) ? undefined : 'half an answer to a sound request'
}

function complaintAboutBodies({ answers }: Reading): string | undefined {
  for (const [index, answer] of answers.entries()) {
    const complaint = answer.headers.has(SERIAL) ? complaintAboutPassed(answer) : complaintAboutOwn(answer)
    if (complaint) return `answer ${index + 1}, ${answer.status}: ${complaint}`
  }
  return undefined
}

/** Of an answer that the proxy gives itself. */
function complaintAboutOwn({ status, headers, body, whole }: Answer): string | undefined {
  const [id = ''] = headers.get('x-request-id') ?? []
  if (!/^[\w-]{36}$/.test(id)) return 'without an x-request-id'
  if (/\n\s+at |node:|\.ts:\d/.test(body)) return 'a stack trace'
  if (status === 500) return 'the proxy itself failed'
  if (status === 200) return body === '{"ok":true}' || body === '' || !whole ? undefined : 'a 200 from nobody'
  // To HEAD, or cut off.
  if (body === '' || !whole) return undefined
  const { code, requestId, message } = Object(objectIn(body).error)
  if (FAILURES[code as keyof typeof FAILURES] !== status) return `no failure with a code: ${body}`
  if (requestId !== id) return `another requestId than ${id}: ${body}`
  return typeof message === 'string' && message.length > 9 ? undefined : `no message: ${body}`
}

function objectIn(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Of an answer that is the upstream's: nothing but its own may be in it. */
function complaintAboutPassed({ headers, body, whole }: Answer): string | undefined {
  if (headers.has('set-cookie')) return "the upstream's cookie"
  const serial = Number(headers.get(SERIAL)?.[0])
  if (body === '' || !whole) return undefined
  if (!headers.get('content-type')?.[0]?.includes('json')) {
    return body.replaceAll(pictureOf(serial), '') === ''
      ? undefined
      : `other bytes in the picture for ${serial}: ${body}`
  }
  const text = headers.has('content-encoding') ? unzipped(body) : body
  if (text.includes(NASA_KEY)) return 'the NASA key is in what was sent back'
  return objectIn(text).serial === serial ? undefined : `other JSON than the one for ${serial}: ${text}`
}

function unzipped(body: string): string {
  try {
    return gunzipSync(Buffer.from(body, 'latin1')).toString()
  } catch (error) {
    return String(error)
  }
}

/** Each answer of the upstream's is to a request of this very connection, in the order in which they were sent. */
function complaintAboutNames(
  { sent, sound }: Conversation,
  { answers }: Reading,
  reached: (serial: number) => Seen | undefined,
): string | undefined {
  let from = 0
  for (const [index, { headers, status }] of answers.entries()) {
    const named = headers.get(SERIAL)?.[0]
    const seen = named === undefined ? undefined : reached(Number(named))
    if (named !== undefined && !seen) return `answer ${index + 1} is the upstream's ${named}, which was given before`
    const target = seen && targetOf(seen.url, String(seen.headers.host))
    const wanted = sound[index]
    if (wanted && target !== wanted.target)
      return `answer ${index + 1}, to ${wanted.target}, is ${status} ${target ?? "of the proxy's own"}`
    if (target === undefined) continue
    const at = indexOfTarget(sent, target, from)
    if (at === -1) return `answer ${index + 1} is to ${target}, which was not asked for here, or not in this order`
    from = at + 1
  }
  return undefined
}
