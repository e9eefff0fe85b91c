import { type Batteries, type BatteryAudience, createBatteries } from './batteries.ts'
import type { House } from './house.ts'
import { createScenes, type SceneAudience, type Scenes } from './scenes.ts'

export interface Audience extends SceneAudience, BatteryAudience {}

/** All that is played on the stage for whoever looks: single scenes, and batteries. */
export interface Theatre extends Scenes, Batteries {}

export function createTheatre(house: House, audience: Audience): Theatre {
  const scenes = createScenes(house, audience)
  const batteries = createBatteries(house, audience)
  return {
    ...scenes,
    get running() {
      return batteries.running
    },
    runAll: batteries.runAll,
    stop: batteries.stop,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([scenes[Symbol.asyncDispose](), batteries[Symbol.asyncDispose]()])
    },
  }
}
