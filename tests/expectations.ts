/**
 * What the first catalogue must show, written by hand and held against every stage. `blocked pin` is a verdict and
 * its reason.
 */
export const EXPECTATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
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

/** A run's results in the form of the table above. */
export function asTable(
  results: readonly { attack: string; client: string; verdict: string; reason?: string }[],
): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {}
  for (const { attack, client, verdict, reason } of results) {
    table[attack] = { ...table[attack], [client]: reason ? `${verdict} ${reason}` : verdict }
  }
  return table
}
