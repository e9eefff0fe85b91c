import { satisfies } from 'semver'
import type { Fall, FallSomewhere } from '#client/client.ts'
import type { Road } from '#kit/check.ts'

export interface Somewhere {
  readonly road: Road
  /** `24.21.0` */
  readonly node: string
}

/** How a client falls there, if it does. */
export function fallIn({ road, node }: Somewhere, told: Fall | FallSomewhere | undefined): Fall | undefined {
  if (typeof told !== 'object') return told
  const seen = told.node === undefined || satisfies(node, told.node, { includePrerelease: true })
  return seen && (told.road ?? road) === road ? told.fall : undefined
}
