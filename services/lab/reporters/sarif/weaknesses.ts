import type { Check } from '#kit/check.ts'
import type { AttackSummary } from '../../result.ts'

/** Somebody can get between, whatever the client then fails to check. */
const ALWAYS = ['CWE-295', 'CWE-300'] as const

/** The weakness (cwe.mitre.org) of a client that leaves out a check; CWE-295 for what has none of its own. */
const WITHOUT: Readonly<Record<Check, readonly string[]>> = {
  'sane-environment': ['CWE-295'],
  'pinned-hosts-only': ['CWE-295'],
  // Inadequate encryption strength; selection of a less secure algorithm during negotiation.
  'modern-tls': ['CWE-326', 'CWE-757'],
  // The token goes along to another host, or in clear; a name that nobody checked is asked for.
  'guarded-redirects': ['CWE-201', 'CWE-319'],
  'own-host-header': ['CWE-346'],
  chain: ['CWE-296'],
  hostname: ['CWE-297'],
  validity: ['CWE-298'],
  'certificate-pin': ['CWE-295'],
  'key-pin': ['CWE-295'],
  'authority-pin': ['CWE-295'],
}

/** What a client that falls to the attack suffers from; an attack can name more among its references. */
export function weaknessesOf({ family, stoppedBy, references }: AttackSummary): string[] {
  const named = references.flatMap((text) => text.match(/\bCWE-\d+\b/g) ?? [])
  // The control stages nothing that a client could be weak against.
  const shown = family === 'control' ? [] : [...ALWAYS, ...stoppedBy.flatMap((check) => WITHOUT[check])]
  return [...new Set([...shown, ...named])].sort()
}
