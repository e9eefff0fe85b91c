import type { Expectations } from './table.ts'

// Where the sound clients agree with one another in many attacks, the row has a name.
const REACHED = { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' }
const NOBODY_VOUCHES = {
  unpinned: 'blocked chain',
  'pinned-certificate': 'blocked pin',
  'pinned-key': 'blocked chain',
}
const WRONG_NAME = {
  unpinned: 'blocked hostname',
  'pinned-certificate': 'blocked pin',
  'pinned-key': 'blocked hostname',
}
// Node 24 accepts the name, so that only a pin is left.
const ONLY_A_PIN_HELPS = { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' }
const NO_TLS = {
  unpinned: 'blocked protocol',
  'pinned-certificate': 'blocked protocol',
  'pinned-key': 'blocked protocol',
}
const NOT_PINNED = { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked policy' }

/** Who vouches, for which name, and over which protocol. */
export const NAMES: Expectations = {
  'none-host-case': REACHED,
  'none-trailing-dot': REACHED,

  'bad-signature': NOBODY_VOUCHES,
  'ca-same-dn-other-key': NOBODY_VOUCHES,
  'leaf-as-ca': NOBODY_VOUCHES,
  'missing-intermediate': NOBODY_VOUCHES,

  'cn-only-no-san': ONLY_A_PIN_HELPS,
  'cn-right-san-ip-only': ONLY_A_PIN_HELPS,
  'cn-right-san-wrong': WRONG_NAME,
  'host-case': ONLY_A_PIN_HELPS,
  'host-trailing-dot': ONLY_A_PIN_HELPS,
  'ip-as-dns-san': {
    unpinned: 'blocked hostname',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked policy',
  },
  'no-sni-default-cert': NOT_PINNED,
  'nul-byte-cn': WRONG_NAME,
  'nul-byte-san': WRONG_NAME,
  'parent-domain': WRONG_NAME,
  'same-pinned-ca-other-host': WRONG_NAME,
  'san-string-injection': WRONG_NAME,
  'sub-domain': WRONG_NAME,
  'subdomain-gap': NOT_PINNED,
  'suffix-confusion': NOT_PINNED,
  'uri-san': WRONG_NAME,
  'wildcard-partial': ONLY_A_PIN_HELPS,
  'wildcard-public-suffix-like': ONLY_A_PIN_HELPS,
  'wildcard-too-wide': WRONG_NAME,

  'dropssl-alert': NO_TLS,
  'dropssl-reset': NO_TLS,
  'plaintext-on-tls-port': NO_TLS,
  'tls10-tls11': NO_TLS,
  'tls12-forced': ONLY_A_PIN_HELPS,
}
