import type { Expectations } from './table.ts'

/** Pinning an authority and pinning the leaf's key come to the same, except where the attacker holds that very key. */
const DIFFERENT: Readonly<Record<string, string>> = { 'stolen-key': 'blocked pin' }

/** The tables, each row with the client that pins an authority, where it doesn't say otherwise. */
export function withPinnedAuthority(table: Expectations): Expectations {
  const rows = Object.entries(table).map(([attack, row]) => [
    attack,
    { 'pinned-authority': DIFFERENT[attack] ?? row['pinned-key'], ...row },
  ])
  return Object.fromEntries(rows)
}
