import type { Expectations } from './table.ts'

/** Pinning an authority and pinning the leaf's key come to the same, except where the attacker holds that very key. */
const DIFFERENT: Readonly<Record<string, string>> = { 'stolen-key': 'blocked pin' }

/** The tables, each row with the client that pins an authority. */
export function withPinnedAuthority(table: Expectations): Expectations {
  const rows = Object.entries(table).map(([attack, row]) => [
    attack,
    { ...row, 'pinned-authority': DIFFERENT[attack] ?? row['pinned-key'] },
  ])
  return Object.fromEntries(rows)
}
