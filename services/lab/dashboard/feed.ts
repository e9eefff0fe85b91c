import type { ServerResponse } from 'node:http'

/**
 * What viewers see, pushed to them as server-sent events (WHATWG HTML, section 9.2). A topic holds its latest state, and
 * whoever comes late or comes back is sent what has changed since the event that they saw last, and nothing twice.
 */
export interface Feed extends Disposable {
  /** Puts a new state in the place of the topic's last one. */
  publish(topic: string, data: string): void
  /** Adds to a topic whose states are all of interest, until it is published anew. */
  append(topic: string, data: string): void
  /** The topic's state is of no interest any more. */
  forget(topic: string): void
  /** The event that came last: whoever has seen what there is now has seen it. */
  position(): string
  /** @param last the `Last-Event-ID` of a viewer who comes back */
  subscribe(response: ServerResponse, topics: Topics, last?: string): void
}

/** Topic of the feed to the name of the event that its viewers get. */
export type Topics = Readonly<Record<string, string>>

interface Item {
  readonly seq: number
  readonly data: string
}

/** bytes that wait for a viewer who does not read; then the viewer is dropped, and may come back */
const MOST_WAITING = 1 << 20
/** ms between signs of life, without which a connection that has broken is not noticed */
const SIGN_OF_LIFE = 15_000

/** @param epoch tells this feed from one before it: a number of that one's means nothing here */
export function createFeed(epoch: string): Feed {
  const topics = new Map<string, Item[]>()
  const viewers = new Map<ServerResponse, Topics>()
  let seq = 0
  const alive = setInterval(() => {
    for (const viewer of viewers.keys()) send(viewer, ': here\n\n')
  }, SIGN_OF_LIFE)
  alive.unref()

  const send = (viewer: ServerResponse, text: string) => {
    // Before the write: one large event is no sign that nobody reads.
    if (viewer.writableLength > MOST_WAITING) viewer.destroy()
    else viewer.write(text)
  }
  const tell = (topic: string, item: Item) => {
    for (const [viewer, names] of viewers) {
      const event = names[topic]
      if (event !== undefined) send(viewer, frame(epoch, event, item))
    }
  }
  const add = (topic: string, data: string, before: readonly Item[]) => {
    seq += 1
    const item = { seq, data }
    topics.set(topic, [...before, item])
    tell(topic, item)
  }
  return {
    publish: (topic, data) => {
      const items = topics.get(topic)
      if (items?.length !== 1 || items[0]?.data !== data) add(topic, data, [])
    },
    append: (topic, data) => {
      const items = topics.get(topic)
      if (!items) return add(topic, data, [])
      // In place: a long topic is not copied for each that is added.
      seq += 1
      const item = { seq, data }
      items.push(item)
      tell(topic, item)
    },
    position: () => `${epoch}.${seq}`,
    forget: (topic) => void topics.delete(topic),
    subscribe: (response, names, last) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
      const seen = seenBy(last, epoch)
      const missed = Object.entries(names)
        .flatMap(([topic, event]) => (topics.get(topic) ?? []).map((item) => ({ event, item })))
        .filter(({ item }) => item.seq > seen)
        .sort((one, other) => one.item.seq - other.item.seq)
      viewers.set(response, names)
      response.once('close', () => viewers.delete(response))
      response.write(`retry: 1000\n${missed.map(({ event, item }) => frame(epoch, event, item)).join('') || '\n'}`)
    },
    [Symbol.dispose]: () => {
      clearInterval(alive)
      for (const viewer of viewers.keys()) viewer.destroy()
    },
  }
}

function seenBy(last: string | undefined, epoch: string): number {
  const [, from, seq] = /^([\w-]+)\.(\d{1,15})$/.exec(last ?? '') ?? []
  return from === epoch ? Number(seq) : 0
}

function frame(epoch: string, event: string, { seq, data }: Item): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  return `id: ${epoch}.${seq}\nevent: ${event}\n${lines.join('')}\n`
}
