import type { Conversation } from '../hostile.ts'
import type { Seen } from './upstream.ts'

/** Conversations that have ended whose log lines may still be under way. */
const ENDED = 200
/** Requests that no answer has named: their clients left. */
const UNNAMED = 20_000

/** What the clients have sent of late, and what the upstream got of it. */
export function createMemory() {
  const open = new Map<number, Conversation>()
  const ended = new Map<number, Conversation>()
  const seen = new Map<number, Seen>()
  const named = (text: string) => {
    const number = Number(/\br(\d+)-\d/.exec(text)?.[1])
    return open.get(number) ?? ended.get(number)
  }
  return {
    begin: (one: Conversation) => void open.set(one.number, one),
    end(one: Conversation) {
      open.delete(one.number)
      ended.set(one.number, one)
      dropOldest(ended, ENDED)
    },
    note(request: Seen) {
      seen.set(request.serial, request)
      dropOldest(seen, UNNAMED)
    },
    /** Once for each. */
    take(serial: number): Seen | undefined {
      const found = seen.get(serial)
      seen.delete(serial)
      return found
    },
    /** The one whose name a text holds. */
    named,
    /** Those that a text may be about, the likeliest first. */
    about(text: string): readonly Conversation[] {
      const first = named(text)
      return [...(first ? [first] : []), ...[...open.values(), ...ended.values()].filter((one) => one !== first)]
    },
  }
}

export type Memory = ReturnType<typeof createMemory>

function dropOldest(map: Map<number, unknown>, most: number): void {
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
