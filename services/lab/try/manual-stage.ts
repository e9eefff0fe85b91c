import type { Client, Deployment, Situation } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Ability } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Evidence } from '#mitm/evidence.ts'
import { CONTROL } from '../control.ts'
import type { Stage, StageOrder } from '../stage.ts'
import type { Door, Passed } from './manual-door.ts'
import type { Guide } from './manual-guide.ts'
import { judgeByEvidence } from './manual-judge.ts'
import { follow, type Live } from './manual-live.ts'
import type { Presses } from './manual-presses.ts'

/** How reports call whatever the device has on it. */
export const DEVICE = 'device'

/** ms: a person takes the time that a person takes. No timer of Node's is longer. */
export const PATIENCE = 2 ** 31 - 1

export interface Hand {
  /** An app on a device, whose button a person presses. */
  readonly client: Entry<Client>
  /** The stage as a person sees it: one attack at a time, each held until Enter. */
  onStage(stage: Stage): Stage
}

export interface HandOptions {
  readonly door: Door
  readonly guide: Guide
  readonly presses: Presses
  readonly say: (line: string) => void
  readonly deployment: Deployment
  /** What the person says that the app can do. */
  readonly can: readonly Ability[]
}

interface Held {
  readonly attack: Entry<Attack>
  soFar: () => Promise<Evidence | undefined>
  live?: Live
  passed: Passed
}

const NOTHING_PASSED: Passed = { spoken: 0, open: 0 }
const NOTHING_YET =
  '  Nothing has come from the app yet that it would only say to its API. Try again, or press Enter to give up.'

export function byHand({ door, guide, presses, say, deployment, can }: HandOptions): Hand {
  // The client of a stage is not told which attack it is in, and here a person is.
  let held: Held | undefined
  const look = async (situation: Situation) => {
    if (!held) throw new LabError('CLIENT_INTERRUPTED', 'no attack is held', { kind: 'failure' })
    door.leadTo(Number(new URL(situation.proxy ?? 'http://0').port))
    guide.announce(held.attack, situation)
    held.live?.stop()
    held.live = follow(held.soFar, say)
    await presses.next()
    if (held.attack.id === CONTROL && door.passed().spoken === 0) {
      say(NOTHING_YET)
      await presses.next()
    }
    held.passed = await door.settled()
  }
  const play = async (order: StageOrder, stage: Stage) => {
    const { attack } = order
    const now: Held = { attack, soFar: async () => undefined, passed: NOTHING_PASSED }
    held = now
    try {
      const onArmed: StageOrder['onArmed'] = (soFar) => {
        now.soFar = soFar
      }
      const played = await stage.play({ ...order, onArmed })
      if (wasInterrupted(played.report)) return played
      now.live?.finish(played.evidence)
      const verdict = judgeByEvidence(attack, played.evidence, now.passed)
      say(`  → ${verdict.verdict === 'reached' ? 'reached: ' : ''}${verdict.why}`)
      return { ...played, report: NOBODY_ASKED, verdict }
    } finally {
      now.live?.stop()
      held = undefined
    }
  }
  return {
    client: {
      ...{ id: DEVICE, title: 'An app on a device, whose button a person presses.', deployment, checks: [], can },
      outside: 'should-pin',
      open: (situation) => ({ look: () => look(situation), get: asksByItself, close: async () => {} }),
    },
    onStage: (stage) => ({
      ...stage,
      cannot: (attack, control) => untold(attack) ?? stage.cannot?.(attack, control),
      play: (order) => play(order, stage),
    }),
  }
}

/** Its evidence is all there is: the app says nothing to the lab. */
const NOBODY_ASKED = {
  outcome: 'broken',
  code: 'CLIENT_NOT_ASKED',
  message: 'what the app made of it, only its screen shows',
  ms: 0,
} as const

function untold({ spelling, clear }: Attack): string | undefined {
  if (spelling) return 'how an app spells its host is its own to decide'
  return clear ? 'whether an app asks in clear is its own to decide' : undefined
}

function asksByItself(): Promise<never> {
  return Promise.reject(new Error('an app on a device asks by itself'))
}

function wasInterrupted(report: { readonly outcome: string; readonly code?: string }): boolean {
  return report.outcome === 'broken' && report.code === 'CLIENT_INTERRUPTED'
}
