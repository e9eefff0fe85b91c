import type { Expectations } from './table.ts'

/** Tokens, tampering, repackaging, environment. */
export const TOKENS: Expectations = {
  'none-enforced': { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' },
  'none-own-process': { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' },
  // What is replayed must have been read first.
  'stolen-token-replay': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'request-replay': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'attestation-replay': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'none-twice': { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' },
  'response-tamper': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'body-truncation': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  // Nothing in an app stops who can change it: the API does.
  'repackaged-repinned': {
    unpinned: 'intercepted',
    'pinned-certificate': 'intercepted',
    'pinned-key': 'intercepted',
  },
  // The unpinned one says itself that chains are checked; what pins does not even start.
  'env-reject-unauthorized': {
    unpinned: 'blocked chain',
    'pinned-certificate': 'blocked policy',
    'pinned-key': 'blocked policy',
  },
  // Whoever names its authorities is not told others.
  'env-extra-ca': { unpinned: 'blocked chain', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked chain' },
}
