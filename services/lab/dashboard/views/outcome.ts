import { type Result, resultOf } from '../../result.ts'
import type { Showing } from '../scenes.ts'

/** The result of the scene's own attack, once it has been played. */
export function outcomeOf({ run, scene }: Showing): Result | undefined {
  return run && resultOf(run, scene.attack.id, scene.client.id)
}
