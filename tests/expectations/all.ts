import { withPinnedAuthority } from './authority.ts'
import { FIRST } from './first.ts'
import { KEYS } from './keys.ts'
import { NAMES } from './names.ts'
import { REDIRECTS } from './redirects.ts'
import { REUSE } from './reuse.ts'
import { SHAPE } from './shape.ts'
import { withOtherStacks } from './stacks.ts'
import type { Expectations } from './table.ts'
import { TOKENS } from './tokens.ts'

/** Every attack against every client that makes no mistake. */
export const EXPECTATIONS: Expectations = withOtherStacks(
  withPinnedAuthority({ ...FIRST, ...KEYS, ...NAMES, ...REDIRECTS, ...REUSE, ...SHAPE, ...TOKENS }),
)
