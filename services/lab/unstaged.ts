import { isIP } from 'node:net'
import { HOST_OF } from '#client/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Stage } from './stage.ts'

/** How the reason begins, so that it can be told from what no stage can play. */
export const NOT_STAGED = 'not staged on containers: '

type Staged = Pick<Attack, 'spelling'>

/**
 * Why the stage cannot play the attack, in a sentence; undefined when it can. Each line here is a difference between the
 * stages that is known, and counted apart.
 */
export function unstagedOn(stage: Stage['name'], attack: Staged, control?: Staged): string | undefined {
  if (stage !== 'compose') return undefined
  const why = reason(attack)
  if (why !== undefined) return `${NOT_STAGED}${why}`
  // Without its control an attack proves nothing.
  return control && unstagedOn(stage, control)
}

function reason({ spelling }: Staged): string | undefined {
  const asked = Object.values(HOST_OF).map((host) => spelling?.(host) ?? host)
  if (asked.some((name) => isIP(name.replace(/^\[|\]$/g, '')) !== 0)) {
    return 'the client asks for an address, and there every party has one of its own that nobody takes over'
  }
  return undefined
}
