import { ROADS, type Road } from '#kit/check.ts'
import { FINDINGS, type Finding } from '#kit/finding.ts'

/** A program and its arguments. */
export type Words = readonly [command: string, ...args: string[]]

/**
 * A catalogue entry: a client that nobody here wrote, used as its own documentation says. In every text `{here}` stands
 * for the folder of the entry's sources, `services/client/reference/ID`, and `{work}` for a private folder that is empty
 * at first and removed at the end.
 */
export interface Reference {
  /** A sentence that says what it is. */
  readonly title: string
  /** The documentation that the recipes follow: an https address. */
  readonly source: string
  readonly needs: readonly Need[]
  /** What it prints first is the version. */
  readonly version: Words
  /** Run one after the other, once, before anything else: to compile. Each must exit 0. */
  readonly prepare?: readonly Words[]
  /** By name: the client `curl-pinned` is the variant `pinned` of the entry `curl`. */
  readonly variants: Readonly<Record<string, Variant>>
}

/** What must be on the machine, and what brings it to Debian. */
export interface Need {
  /** A name on the PATH, or an absolute path. */
  readonly command: string
  /** The Debian package, as `apt-get install` takes it. */
  readonly debian: string
  /** Arguments with which it exits 0 when all that is needed of it is there: `-c 'import requests'`. */
  readonly probe?: readonly string[]
}

export interface Variant {
  /** A sentence that says whom it trusts. */
  readonly title: string
  /** With the placeholders of `external/placeholders.ts`, like the arguments and the values of `env`. */
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The only road that it can take; both when absent. */
  readonly road?: Road
  /** What is expected to be found. */
  readonly finding: Finding
  /** Of a pinned one: ids of the attacks that get past its pin all the same. None when absent. */
  readonly beatenBy?: readonly string[]
}

export function referenceComplaints(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['it has no default export that is a reference client']
  const { title, source, needs, version, prepare = [], variants } = value as Record<string, unknown>
  const wrong: string[] = []
  if (!isSentence(title)) wrong.push('title is not a sentence that ends in a full stop')
  if (typeof source !== 'string' || !source.startsWith('https://')) wrong.push('source is not an https address')
  if (!Array.isArray(needs) || needs.length === 0 || !needs.every(isNeed)) {
    wrong.push('needs is not a list of {command, debian}')
  }
  if (!areWords(version)) wrong.push('version is not a command line, as a list of words')
  if (!Array.isArray(prepare) || !prepare.every(areWords)) wrong.push('prepare is not a list of command lines')
  if (typeof variants !== 'object' || variants === null || Object.keys(variants).length === 0) {
    return [...wrong, 'it has no variants']
  }
  return [...wrong, ...Object.entries(variants).flatMap(([name, variant]) => variantComplaints(name, variant))]
}

function variantComplaints(name: string, variant: unknown): string[] {
  const { title, command, args, env = {}, road, finding, beatenBy = [] } = (variant ?? {}) as Record<string, unknown>
  const wrong: string[] = []
  if (!/^[a-z][a-z0-9-]*$/.test(name)) wrong.push('its name is not of small letters, digits and hyphens')
  if (!isSentence(title)) wrong.push('title is not a sentence that ends in a full stop')
  if (typeof command !== 'string' || !areTexts(args)) wrong.push('command and args are not texts')
  if (typeof env !== 'object' || !areTexts(Object.values(env ?? {}))) wrong.push('env is not NAME to text')
  if (road !== undefined && !ROADS.some((known) => known === road)) wrong.push(`road is not one of ${ROADS.join(', ')}`)
  if (!FINDINGS.some((known) => known === finding)) wrong.push(`finding is not one of ${FINDINGS.join(', ')}`)
  if (!areTexts(beatenBy)) wrong.push('beatenBy is not a list of ids')
  return wrong.map((complaint) => `variants.${name}: ${complaint}`)
}

function isSentence(value: unknown): boolean {
  return typeof value === 'string' && value.endsWith('.')
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}

function areWords(value: unknown): boolean {
  return areTexts(value) && Array.isArray(value) && value.length > 0
}

function isNeed(value: unknown): boolean {
  const { command, debian, probe = [] } = (value ?? {}) as Record<string, unknown>
  return typeof command === 'string' && typeof debian === 'string' && areTexts(probe)
}
