import { once } from 'node:events'
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from '#kit/listen.ts'
import { createFeed, type Topics } from '#lab/dashboard/feed.ts'

/** An event as a browser would hand it to the page. */
export interface Told {
  readonly id: string
  readonly event: string
  readonly data: string
}

export interface Viewer {
  readonly headers: IncomingHttpHeaders
  /** What it has been told, without the marks of `told`. */
  readonly events: readonly Told[]
  /** What it would send as `Last-Event-ID`. */
  readonly last: string
  /** Settles once its connection has ended. */
  readonly gone: Promise<void>
  /** Settles as soon as an event with this data came; rejects when the connection ends before. */
  hears(data: string): Promise<void>
  stopReading(): void
  readOn(): void
  leave(): Promise<void>
}

const MARK = 'mark'

/** A feed behind a real server, and viewers who connect to it. */
export async function withFeed(epoch = 'epoch') {
  const feed = createFeed(epoch)
  const responses: ServerResponse[] = []
  const server = createServer(({ url = '', headers }, response) => {
    responses.push(response)
    const topics = Object.fromEntries(new URL(url, 'http://a').searchParams)
    const last = headers['last-event-id']
    feed.subscribe(response, topics, typeof last === 'string' ? last : undefined)
  })
  const listening = await listen(server, { what: 'the feed of a test' })
  let marks = 0
  return {
    feed,
    /** The server's side of each viewer, in the order in which they came. */
    responses,
    view: (topics: Topics, last?: string) => view(listening.port, { ...topics, [MARK]: MARK }, last),
    /** All that the viewer has been told by now: what comes before a mark that is set now. */
    async told(viewer: Viewer): Promise<readonly Told[]> {
      marks += 1
      feed.publish(MARK, `mark ${marks}`)
      await viewer.hears(`mark ${marks}`)
      return viewer.events
    },
    async [Symbol.asyncDispose]() {
      feed[Symbol.dispose]()
      await listening.close()
    },
  }
}

/** Settles once it has been subscribed, for then the head of the answer is there. */
async function view(port: number, topics: Topics, last: string | undefined): Promise<Viewer> {
  const headers = last === undefined ? {} : { 'last-event-id': last }
  const asked = get({ host: '127.0.0.1', port, agent: false, path: `/?${new URLSearchParams(topics)}`, headers })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const events: Told[] = []
  const waiting = new Set<() => void>()
  let lastId = last ?? ''
  const gone = new Promise<void>((resolve) => response.once('close', resolve))
  // A viewer that is dropped hears of it as an error first.
  response.on('error', () => {})
  const read = reader((told) => {
    events.push(told)
    lastId = told.id
  })
  response.setEncoding('utf8').on('data', (chunk: string) => {
    read(chunk)
    for (const look of [...waiting]) look()
  })
  return {
    headers: response.headers,
    get events() {
      return events.filter(({ event }) => event !== MARK)
    },
    get last() {
      return lastId
    },
    gone,
    hears: (data) =>
      new Promise((resolve, reject) => {
        const look = () => events.some((told) => told.data === data) && resolve()
        waiting.add(look)
        gone.then(() => reject(new Error(`the connection ended without '${data.slice(0, 40)}'`)))
        look()
      }),
    stopReading: () => void response.pause(),
    readOn: () => void response.resume(),
    leave: () => {
      response.destroy()
      return gone
    },
  }
}

/** Reads as WHATWG HTML section 9.2.6 has it, whatever the pieces in which the text comes. */
function reader(tell: (told: Told) => void): (chunk: string) => void {
  let rest = ''
  let id = ''
  let event = ''
  let data: string[] = []
  const field = (line: string) => {
    const [, name = '', value = ''] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? []
    if (name === 'id') id = value
    if (name === 'event') event = value
    if (name === 'data') data.push(value)
  }
  const dispatch = () => {
    if (data.length > 0) tell({ id, event: event || 'message', data: data.join('\n') })
    event = ''
    data = []
  }
  return (chunk) => {
    // A CR at the very end may be half of a CRLF.
    const lines = `${rest}${chunk}`.split(/\r\n|\r(?!$)|\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) line === '' ? dispatch() : field(line)
  }
}
