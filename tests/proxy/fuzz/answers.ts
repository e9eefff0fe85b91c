export interface Answer {
  readonly status: number
  /** By name in lower case, as often as they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** A character is a byte. */
  readonly body: string
  /** False when the connection ended within it. */
  readonly whole: boolean
}

export interface Reading {
  readonly answers: readonly Answer[]
  /** How many `100 Continue` and the like came between them. */
  readonly interim: number
  /** What is not HTTP/1.1 in it. */
  readonly wrong?: string
}

const HEAD = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e]*)?$/
const HEADER = /^([!#$%&'*+.^_`|~0-9a-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/i

/**
 * Reads what a proxy has sent on one connection, more strictly than any client would.
 * @param isHead whether the answer with this number is to HEAD; undefined when that cannot be known
 */
export function readAnswers(text: string, isHead: (index: number) => boolean | undefined): Reading {
  const answers: Answer[] = []
  let interim = 0
  let rest = text
  const result = (wrong?: string): Reading => ({ answers, interim, ...(wrong === undefined ? {} : { wrong }) })
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return result(/^(H|HT|HTT|HTTP.*)$/s.test(rest) ? undefined : 'something that is no answer')
    const head = readHead(rest.slice(0, end))
    if (typeof head === 'string') return result(head)
    rest = rest.slice(end + 4)
    if (head.status < 200) {
      interim++
      continue
    }
    const body = readBody(head, rest, isHead(answers.length))
    if (typeof body === 'string') return result(body)
    answers.push({ ...head, body: body.text, whole: body.whole })
    rest = body.rest
    if (rest !== '' && head.headers.get('connection')?.includes('close'))
      return result('more after `connection: close`')
  }
  return result()
}

type Head = Pick<Answer, 'status' | 'headers'>

function readHead(text: string): Head | string {
  const [first = '', ...lines] = text.split('\r\n')
  const status = HEAD.exec(first)?.[1]
  if (status === undefined) return 'a first line that is no status line'
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const [, name, value = ''] = HEADER.exec(line) ?? []
    if (name === undefined) return `a header line that is none: ${JSON.stringify(line)}`
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value])
  }
  return { status: Number(status), headers }
}

interface Body {
  readonly text: string
  readonly whole: boolean
  readonly rest: string
}

function readBody({ status, headers }: Head, rest: string, head: boolean | undefined): Body | string {
  const lengths = headers.get('content-length') ?? []
  const codings = headers.get('transfer-encoding') ?? []
  if (lengths.length + codings.length > 1) return 'a body that is framed twice'
  const [length] = lengths
  if (length !== undefined && !/^\d+$/.test(length)) return `a content-length of '${length}'`
  const none = { text: '', whole: true, rest }
  // To a HEAD that is not known as one: no body begins like an answer.
  if (status === 204 || status === 304 || (head ?? /^(HTTP\/1\.1 |$)/.test(rest))) return none
  if (length !== undefined) {
    const size = Number(length)
    return { text: rest.slice(0, size), whole: rest.length >= size, rest: rest.slice(size) }
  }
  if (codings.length > 0) return codings[0] === 'chunked' ? readChunks(rest) : `a transfer-encoding of '${codings[0]}'`
  if (!headers.get('connection')?.includes('close')) return 'a body without an end on a connection that stays'
  return { text: rest, whole: true, rest: '' }
}

function readChunks(text: string): Body | string {
  let rest = text
  let body = ''
  for (;;) {
    const end = rest.indexOf('\r\n')
    const line = end === -1 ? rest : rest.slice(0, end)
    if (!/^[0-9a-f]*$/i.test(end === -1 ? line.replace(/\r$/, '') : line)) return 'a chunk without a size'
    if (end === -1) return { text: body, whole: false, rest: '' }
    const size = Number.parseInt(line, 16)
    const chunk = rest.slice(end + 2, end + 2 + size)
    const after = rest.slice(end + 2 + size, end + 4 + size)
    body += chunk
    if (!'\r\n'.startsWith(after)) return size === 0 ? 'trailers' : 'a chunk that is longer than its size'
    if (after !== '\r\n') return { text: body, whole: false, rest: '' }
    rest = rest.slice(end + 4 + size)
    if (size === 0) return { text: body, whole: true, rest }
  }
}
