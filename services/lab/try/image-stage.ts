import { clientCalled } from '#client/catalogue.ts'
import type { Client, Deployment, PinnedHost } from '#client/client.ts'
import { ask, beginListening, type CommandLine, endGroup, leave } from '#client/external/process-group.ts'
import { createTail } from '#client/external/tail.ts'
import type { Found } from '#client/remote-visit.ts'
import { openVisit, type Visit } from '#client/run.ts'
import type { Catalogue } from '#kit/catalogue.ts'
import type { Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import type { Played, Stage } from '../stage.ts'
import { type Answers, talkOver } from './talk.ts'

/** What is asked of the lab's container. JSON. */
export interface PlayAsked {
  /** How it is called from now on. */
  readonly play: string
  readonly attack: string
  readonly deployment: Deployment
  readonly road: Road
  /** ms for each of the client's steps */
  readonly timeout: number
}

export interface ImageStageOptions {
  /** Starts `plays` in the lab's container. */
  readonly line: CommandLine
  readonly clients: Catalogue<Client>
  readonly timeout: number
  readonly signal: AbortSignal
}

/** ms for the lab's container to say good-bye to its attacker */
const FAREWELL = 3_000

/**
 * The Compose stage, worked from outside: the lab's container plays, and asks this process to make the visits.
 * @throws LabError STAGE_NOT_UP
 */
export async function imageStage({ line, clients, timeout, signal }: ImageStageOptions): Promise<Stage> {
  const child = beginListening(line)
  if ('how' in child) throw notUp(child.why)
  const words = createTail()
  child.stderr.on('data', words.add)
  const visits = createGuestBook(clients, signal)
  const talk = talkOver({ input: child.stdout, output: child.stdin }, visits, () => notUp(words.text()))
  const close = async () => {
    child.stdin.end()
    await leave(child, FAREWELL)
    endGroup(child, 'SIGKILL')
  }
  const giveUp = () => void ask(child)
  signal.addEventListener('abort', giveUp, { once: true })
  let count = 0
  try {
    // Both ends are this repository.
    const shipped = (await talk.ask('shipped', null)) as { readonly pins: readonly PinnedHost[] }
    return {
      name: 'compose',
      shipped,
      play: async ({ attack, client: { id, deployment }, road }) => {
        count += 1
        const asked: PlayAsked = { play: `${count} ${id}`, attack: attack.id, deployment, road, timeout }
        return (await talk.ask('play', asked)) as Played
      },
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** The visits that are being made here, as the lab's container leads them. */
function createGuestBook(clients: Catalogue<Client>, signal: AbortSignal): Answers {
  const visits = new Map<string, Visit>()
  // Both ends are this repository, here and below.
  const called = (given: unknown) => {
    const visit = visits.get((given as { play: string }).play)
    if (!visit) throw new Error('it is no visit that was entered')
    return visit
  }
  return {
    enter: async (given) => {
      const { play, found } = given as { play: string; found: Found }
      const client = clientCalled(play.slice(play.indexOf(' ') + 1), clients)
      visits.set(play, openVisit(client, found.situation, { attest: async () => found.token, signal }))
    },
    look: async (given) => called(given).look(),
    glance: async (given) => called(given).glance((given as { address: string }).address),
    'renew-pins': async (given) => called(given).renewPins((given as { pins: readonly PinnedHost[] }).pins),
    leave: async (given) => {
      await called(given).close()
      visits.delete((given as { play: string }).play)
    },
  }
}

function notUp(words: string): LabError {
  return new LabError('STAGE_NOT_UP', 'the lab’s containers do not play', {
    kind: 'failure',
    details: words.trim().split(/\r?\n/).slice(-8),
    hint: 'docker compose build, for images older than your checkout; then docker compose ps, and docker compose logs',
  })
}
