import type { PinnedAgentOptions } from '#pin/agent.ts'
import type { Situation } from './client.ts'

/** The keys that were shipped, and the device's network, as every stack of the pinning library takes them. */
export function pinnedKeys({ shipped, deviceAuthorities, lookup, proxy, timeout }: Situation): PinnedAgentOptions {
  return {
    ...{ pins: shipped.pins, ca: deviceAuthorities, timeout },
    ...(lookup && { lookup }),
    ...(proxy !== undefined && { proxy }),
  }
}
