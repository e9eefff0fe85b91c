import type { Check } from '#kit/check.ts'
import type { AttackSummary } from '../../result.ts'

/** Somebody can get between, whatever the client then fails to check. */
const ALWAYS = ['CWE-295', 'CWE-300'] as const

/** The weakness (cwe.mitre.org) of a client that leaves out a check. All but the pins' are children of CWE-295. */
const WITHOUT: Readonly<Record<Check, readonly string[]>> = {
  chain: ['CWE-296'],
  hostname: ['CWE-297'],
  validity: ['CWE-298'],
  'certificate-pin': ['CWE-295'],
  'key-pin': ['CWE-295'],
}

/** What a client that falls to the attack suffers from; an attack can name more among its references. */
export function weaknessesOf({ family, stoppedBy, references }: AttackSummary): string[] {
  const named = references.flatMap((text) => text.match(/\bCWE-\d+\b/g) ?? [])
  // The control stages nothing that a client could be weak against.
  const shown = family === 'control' ? [] : [...ALWAYS, ...stoppedBy.flatMap((check) => WITHOUT[check])]
  return [...new Set([...shown, ...named])].sort()
}
