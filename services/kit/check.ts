/**
 * The shared words of attacker and defender. An attack lists the checks that stop it, a client the checks it makes;
 * who is expected to fall follows from the two lists, and neither side needs to know the other.
 */
export const CHECKS = [
  /** Does not work at all where the environment switches the checks of TLS off. */
  'sane-environment',
  /** Visits no host that it has no pins for. */
  'pinned-hosts-only',
  /** Follows redirects over https to hosts that it would have asked anyway, and no others. */
  'guarded-redirects',
  /** Sends no Host header that says another name than the address. */
  'own-host-header',
  /** Speaks TLS 1.2 or newer, or not at all: nothing older, and nothing in clear. */
  'modern-tls',
  'chain',
  'validity',
  'hostname',
  'certificate-pin',
  'key-pin',
  /** Insists on an authority that it was shipped with, and leaves the leaf to that. */
  'authority-pin',
] as const
export type Check = (typeof CHECKS)[number]

/** Why a client refused. */
export const REASONS = ['pin', 'chain', 'hostname', 'validity', 'protocol', 'policy', 'unknown'] as const
export type Reason = (typeof REASONS)[number]

const REASON_OF: Record<Check, Reason> = {
  'sane-environment': 'policy',
  'pinned-hosts-only': 'policy',
  'guarded-redirects': 'policy',
  'own-host-header': 'policy',
  'modern-tls': 'protocol',
  chain: 'chain',
  validity: 'validity',
  hostname: 'hostname',
  'certificate-pin': 'pin',
  'key-pin': 'pin',
  'authority-pin': 'pin',
}

/** What some clients can do and others cannot. An attack that needs it says nothing about a client without it. */
export const ABILITIES = [
  /** Makes requests that it does not pin, beside those that it does: to a host without secrets, or for what matters little. */
  'unpinned-requests',
  /** Takes new pins while it runs. */
  'new-pins',
  /** Follows redirects by itself. */
  'redirects',
  /** Offers HTTP/2. */
  'http2',
] as const
export type Ability = (typeof ABILITIES)[number]

export function reasonOf(check: Check): Reason {
  return REASON_OF[check]
}

/** How the attacker gets between: the name leads to it, or the client was told to use it as a proxy. */
export const ROADS = ['takeover', 'proxy'] as const
export type Road = (typeof ROADS)[number]
