import type { Expectations } from './table.ts'

const row = (unpinned: string, pinnedCertificate: string, pinnedKey: string) => ({
  unpinned,
  'pinned-certificate': pinnedCertificate,
  'pinned-key': pinnedKey,
})

const BROKEN_CHAIN = row('blocked chain', 'blocked pin', 'blocked chain')
const OUT_OF_TIME = row('blocked validity', 'blocked pin', 'blocked validity')
const ONLY_A_PIN_STOPS_IT = row('intercepted', 'blocked pin', 'blocked pin')

/** Validity, usage and chain shape; ways round a pin. */
export const SHAPE: Expectations = {
  'ca-as-leaf': BROKEN_CHAIN,
  'eku-clientauth': BROKEN_CHAIN,
  'eku-codesign': BROKEN_CHAIN,
  'expired-intermediate': OUT_OF_TIME,
  'future-leaf': OUT_OF_TIME,
  'int-ca-false': BROKEN_CHAIN,
  'int-eku-email': BROKEN_CHAIN,
  'int-no-bc': BROKEN_CHAIN,
  'int-no-certsign': BROKEN_CHAIN,
  'long-validity-10y': ONLY_A_PIN_STOPS_IT,
  'name-constraints': BROKEN_CHAIN,
  'name-constraints-cn': BROKEN_CHAIN,
  'pathlen-violated': BROKEN_CHAIN,
  'unknown-critical-ext': BROKEN_CHAIN,
  'append-pinned-intermediate-same-dn': ONLY_A_PIN_STOPS_IT,
  'pinned-key-self-signed': BROKEN_CHAIN,
  'expired-genuine-stolen-key': OUT_OF_TIME,
  'weak-key': BROKEN_CHAIN,
  'weak-signature': BROKEN_CHAIN,
  'ca-bit-switch': ONLY_A_PIN_STOPS_IT,
  'pathlen-switch': ONLY_A_PIN_STOPS_IT,
  'pin-by-dn': ONLY_A_PIN_STOPS_IT,
  'walk-dn-collision-int': ONLY_A_PIN_STOPS_IT,
  'walk-dn-collision-leaf': ONLY_A_PIN_STOPS_IT,
  'walk-dn-collision-root': ONLY_A_PIN_STOPS_IT,
}
