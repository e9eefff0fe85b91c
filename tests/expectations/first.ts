import type { Expectations } from './table.ts'

/**
 * What the first catalogue must show, written by hand and held against every stage. `blocked pin` is a verdict and
 * its reason.
 */
export const FIRST: Expectations = {
  none: { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' },
  'stranger-authority': {
    unpinned: 'blocked chain',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked chain',
  },
  'self-signed-lookalike': {
    unpinned: 'blocked chain',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked chain',
  },
  'trusted-authority': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'other-host': { unpinned: 'blocked hostname', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked hostname' },
  expired: { unpinned: 'blocked validity', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked validity' },
  'append-pinned-leaf': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'stolen-key': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'intercepted' },
}
