import type { Expectations } from './table.ts'

// A row that names nobody else holds for all: stacks.ts and authority.ts spread it.
const REACHED = { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' }
const NO_TLS = {
  unpinned: 'blocked protocol',
  'pinned-certificate': 'blocked protocol',
  'pinned-key': 'blocked protocol',
}
const NOT_EVEN_ASKED = {
  unpinned: 'blocked policy',
  'pinned-certificate': 'blocked policy',
  'pinned-key': 'blocked policy',
}

/** Three of them follow redirects. */
const following = (verdict: string) => ({
  ...{ unpinned: verdict, 'pinned-key': verdict, 'fetch-pinned-key': verdict },
  'pinned-certificate': 'not-applicable',
  'pinned-authority': 'not-applicable',
  'https-unpinned': 'not-applicable',
  'https-pinned-key': 'not-applicable',
  'fetch-unpinned': 'not-applicable',
  'http2-unpinned': 'not-applicable',
  'http2-pinned-key': 'not-applicable',
})

/** Where the genuine host sends its clients, what they were told to ask, through what, how the host may change; what else is in a name. */
export const REDIRECTS: Expectations = {
  'subject-rdn-injection': {
    unpinned: 'blocked hostname',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked hostname',
  },
  'wildcard-idn': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked policy' },
  // The honest limit of them all.
  'stolen-genuine': { unpinned: 'intercepted', 'pinned-certificate': 'intercepted', 'pinned-key': 'intercepted' },

  'none-redirect': following('reached'),
  'redirect-http-downgrade': following('blocked policy'),
  'redirect-unpinned-host': following('blocked policy'),
  'redirect-then-back': following('blocked policy'),

  'cleartext-url': NOT_EVEN_ASKED,
  'none-host-header': REACHED,
  // The pinning library refuses the header. Without pins it is the certificate that has the wrong name: that of the header.
  'host-header-override': { ...NOT_EVEN_ASKED, unpinned: 'blocked hostname' },

  'none-through-proxy': REACHED,
  'proxy-connect-mitm': { unpinned: 'intercepted', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
  'connect-non200-plaintext': NO_TLS,

  'none-tls12': REACHED,
  'ske-tamper': NO_TLS,

  // A pin on a certificate ends with the certificate, one on a key with the key, one on an authority with neither.
  'rotated-same-key': { ...REACHED, 'pinned-certificate': 'blocked pin' },
  'rotated-backup-key': { ...REACHED, 'pinned-certificate': 'blocked pin' },
  'rotated-new-key': {
    ...{ unpinned: 'reached', 'pinned-certificate': 'blocked pin', 'pinned-key': 'blocked pin' },
    'pinned-authority': 'reached',
  },
  'root-sent': { ...REACHED, 'pinned-certificate': 'not-applicable' },
  'junk-sent': REACHED,
}
