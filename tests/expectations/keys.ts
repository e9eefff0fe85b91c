import type { Expectations } from './table.ts'

/** Keys in the wrong hands. */
export const KEYS: Expectations = {
  'stolen-key-other-name': {
    unpinned: 'blocked hostname',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked hostname',
  },
}
