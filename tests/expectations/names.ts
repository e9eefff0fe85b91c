import type { Expectations } from './table.ts'

/** Who vouches, for which name, and over which protocol. */
export const NAMES: Expectations = {}
