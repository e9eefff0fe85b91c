import type { Readable } from 'node:stream'
import type { Found } from '#client/remote-visit.ts'
import type { Visit } from '#client/run.ts'
import { select } from '#kit/catalogue.ts'
import { untilAborted } from '#kit/cli.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { labConfig } from './config.ts'
import { loadCatalogues } from './experiment.ts'
import { composeStage } from './stages/compose.ts'
import type { Terminal } from './terminal.ts'
import type { PlayAsked } from './try/image-stage.ts'
import { type Talk, talkOver } from './try/talk.ts'

/**
 * Plays on the containers what somebody on the other side of stdin and stdout asks for, and has the victim run there: an
 * image is run by whoever commands the engine, and no container of the lab's does. Ends when stdin does.
 */
export async function plays({ env, stdout, signal }: Terminal, input: Readable): Promise<number> {
  const { attacks } = await loadCatalogues()
  const timeouts = new Map<string, number>()
  await using stage = await composeStage(labConfig(env), now, ({ client: { id } }) => ({
    timeout: timeouts.get(id) ?? 0,
    open: (found) => visitThere(talk, id, found),
  }))
  const talk = talkOver(
    { input, output: stdout },
    {
      shipped: async () => stage.shipped,
      play: async (given) => {
        // Both ends are this repository.
        const { play, attack: wanted, deployment, road, timeout } = given as PlayAsked
        timeouts.set(play, timeout)
        const [attack] = select(attacks, [wanted], 'attack')
        if (!attack) throw new Error(`no attack ${wanted}`)
        return await stage.play({ attack, client: { id: play, deployment }, road }).finally(() => timeouts.delete(play))
      },
    },
    () => new LabError('STAGE_NOT_UP', 'nobody is left to run the image', { kind: 'failure' }),
  )
  await Promise.race([talk.over, untilAborted(signal)])
  return EXIT.expected
}

const now = () => new Date()

/** A visit that is led here and made there. */
function visitThere(talk: Talk, play: string, found: Found): Visit {
  const entered = talk.ask('enter', { play, found })
  // Whoever takes the first step is told.
  entered.catch(() => {})
  const step = async (act: string, more: object = {}) => {
    await entered
    // As above; so is what a step reports.
    return (await talk.ask(act, { play, ...more })) as Awaited<ReturnType<Visit['look']>>
  }
  return {
    look: () => step('look'),
    glance: (address) => step('glance', { address }),
    renewPins: async (pins) => (await step('renew-pins', { pins })) ?? undefined,
    close: async () => {
      await talk.ask('leave', { play }).catch(() => {})
    },
  }
}
