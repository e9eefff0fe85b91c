import { PinError } from './errors.ts'
import { type HostPattern, matchesHost, parsePattern } from './host-pattern.ts'
import { type Pin, parsePin } from './pin.ts'

export interface PinnedHost {
  /** A host name or a pattern: `api.test`, `*.api.test`, `**.api.test`. */
  readonly host: string
  /** `sha256/…`, the current key first, then the backups. */
  readonly pins: readonly string[]
}

export interface PolicyOptions {
  /**
   * Accept a host with one pin only. The day its key is lost or must be replaced, every client that was shipped is
   * locked out (Smashing Magazine, October 2016); TrustKit and RFC 7469 section 4.3 demand a second one for that reason.
   */
  readonly allowSinglePin?: boolean
}

export interface Policy {
  readonly entries: readonly PolicyEntry[]
}

export interface PolicyEntry {
  readonly pattern: HostPattern
  readonly pins: readonly HeldPin[]
}

export interface HeldPin {
  readonly pin: Pin
  readonly label: 'current' | 'backup'
}

/** @throws PinError POLICY_INVALID with everything that is wrong, not only the first thing */
export function createPolicy(hosts: readonly PinnedHost[], options: PolicyOptions = {}): Policy {
  const wrong: string[] = []
  const entries = new Map<string, { pattern: HostPattern; pins: HeldPin[] }>()
  hosts.forEach((host: unknown, index) => {
    const read = readHost(host, `pins[${index}]`, wrong)
    if (!read) return
    const entry = entries.get(read.pattern.text) ?? { pattern: read.pattern, pins: [] }
    for (const held of read.pins) if (!entry.pins.some(({ pin }) => pin === held.pin)) entry.pins.push(held)
    entries.set(read.pattern.text, entry)
  })
  if (hosts.length === 0) wrong.push('it names no host')
  for (const { pattern, pins } of entries.values()) {
    if (pins.length === 1 && !options.allowSinglePin) {
      wrong.push(`${pattern.text} has one pin and no backup: the day its key goes, every client is locked out`)
    }
  }
  if (wrong.length > 0) {
    throw new PinError('POLICY_INVALID', 'the pins cannot be used', {
      details: wrong,
      hint: 'make a backup key now, keep it offline and pin it too; allowSinglePin: true takes the risk knowingly',
    })
  }
  return { entries: [...entries.values()] }
}

/**
 * All pins of all patterns that match: any one of them will do, as in OkHttp. Empty: the host is not pinned.
 * @param host canonical, see canonicalHost
 */
export function pinsFor(policy: Policy, host: string): readonly HeldPin[] {
  const union = new Map<Pin, HeldPin>()
  for (const { pattern, pins } of policy.entries) {
    if (!matchesHost(pattern, host)) continue
    for (const held of pins) if (!union.has(held.pin)) union.set(held.pin, held)
  }
  return [...union.values()]
}

// The list often comes out of a JSON file, so that its type is a hope until it has been looked at.
function readHost(value: unknown, where: string, wrong: string[]): PolicyEntry | undefined {
  const { host, pins } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (typeof host !== 'string' || !Array.isArray(pins)) {
    wrong.push(`${where} is not { host: text, pins: list of text }`)
    return undefined
  }
  if (pins.length === 0) wrong.push(`${where} (${host}) has no pins`)
  const pattern = collect(`${where}.host`, wrong, () => parsePattern(host))
  const held = pins.flatMap((pin: unknown, index): HeldPin[] => {
    const parsed = collect(`${where}.pins[${index}]`, wrong, () => parsePin(String(pin)))
    return parsed ? [{ pin: parsed, label: index === 0 ? 'current' : 'backup' }] : []
  })
  return pattern && { pattern, pins: held }
}

function collect<T>(where: string, wrong: string[], parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof PinError)) throw error
    wrong.push(`${where}: ${error.code}: ${error.sentence}`)
    return undefined
  }
}
