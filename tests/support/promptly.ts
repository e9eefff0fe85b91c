/**
 * Milliseconds within which something is over that no timeout of its own may have to end. A hang takes longer than
 * this; a machine that is busy with other things does not.
 */
export const PROMPTLY = 10_000
