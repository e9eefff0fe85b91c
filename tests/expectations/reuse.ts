import type { Expectations } from './table.ts'

const NOWHERE = 'not-applicable'
const REACHED = { unpinned: 'reached', 'pinned-certificate': 'reached', 'pinned-key': 'reached' }

/** All but one make unpinned requests as well: whom that one calls, nobody can call without its certificate. */
const glancing = (unpinned: string, pinned: string) => ({
  ...{ unpinned, 'pinned-key': pinned },
  'pinned-certificate': NOWHERE,
})

/** Two of them speak HTTP/2. */
const overHttp2 = (unpinned: string, pinned: string) => ({
  ...{ unpinned: NOWHERE, 'pinned-certificate': NOWHERE, 'pinned-key': NOWHERE },
  ...{ 'http2-unpinned': unpinned, 'http2-pinned-key': pinned },
})

/** Who pins keys takes new ones, over whatever stack. */
const renewing = (verdict: string) => ({
  ...{ unpinned: NOWHERE, 'pinned-certificate': NOWHERE, 'pinned-key': verdict },
  'pinned-authority': NOWHERE,
})

/** What was opened, agreed on or checked before, and is used again. */
export const REUSE: Expectations = {
  'none-glance': glancing('reached', 'reached'),
  'none-elsewhere': glancing('reached', 'reached'),
  'none-new-pins': renewing('reached'),
  'none-after-reset': REACHED,
  'none-http2': overHttp2('reached', 'reached'),
  'none-glance-http2': overHttp2('reached', 'reached'),
  'none-coalesce': overHttp2('reached', 'reached'),

  'shared-agent-keepalive': glancing('intercepted', 'blocked pin'),
  'shared-agent-session': glancing('intercepted', 'blocked pin'),
  // Without a session the certificate is shown, and it is another host's.
  'cross-servername-session': glancing('blocked hostname', 'blocked hostname'),
  'http2-fallback-h1': overHttp2('intercepted', 'blocked pin'),
  'http2-session-shared': overHttp2('intercepted', 'blocked pin'),
  'h2-origin-coalesce': overHttp2('intercepted', 'blocked pin'),
  // The stolen key is let in as long as it is pinned, and no longer.
  'pin-revoked-then-resume': renewing('blocked pin'),
  'pin-revoked-kept-alive': renewing('blocked pin'),

  'second-stack-unpinned': {
    unpinned: 'intercepted',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked pin',
  },
  'fallback-on-pin-failure': {
    unpinned: 'intercepted',
    'pinned-certificate': 'blocked pin',
    'pinned-key': 'blocked pin',
  },
}
