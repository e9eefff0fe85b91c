import type { Expectations } from './table.ts'

/** Validity, usage and chain shape; ways round a pin. */
export const SHAPE: Expectations = {}
