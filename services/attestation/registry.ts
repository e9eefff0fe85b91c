import { readFile, stat } from 'node:fs/promises'
import * as v from 'valibot'
import { codeOf, LabError } from '#kit/error.ts'
import { writeFileAtomically } from '#kit/files.ts'

/** Which apps are ours. */
export interface Registry {
  /** @throws LabError REGISTRY_BROKEN, CANNOT_READ */
  has(measurement: string): Promise<boolean>
}

/** One entry of registered.json. */
export interface Registration {
  /** 64 hex digits: see kit/measure.ts */
  readonly measurement: string
  readonly name: string
  /** ISO 8601 */
  readonly registeredAt: string
}

/** For the embedded stage and for tests. */
export function memoryRegistry(measurements: Iterable<string> = []): Registry & { add(measurement: string): void } {
  const known = new Set(measurements)
  return { has: async (measurement) => known.has(measurement), add: (measurement) => known.add(measurement) }
}

export interface FileRegistry extends Registry {
  list(): Promise<readonly Registration[]>
  /** @returns false when it was there already */
  add(registration: Registration): Promise<boolean>
  /** @returns false when it was not there */
  remove(measurement: string): Promise<boolean>
}

/** Reads the file again whenever it has changed, so that registering works against a running service. */
export function fileRegistry(path: string): FileRegistry {
  let held: { version: string; list: readonly Registration[] } = { version: 'absent', list: [] }
  const list = async (): Promise<readonly Registration[]> => {
    const version = await versionOf(path)
    if (version !== held.version) held = { version, list: version === 'absent' ? [] : await read(path) }
    return held.list
  }
  const write = (next: readonly Registration[]) => writeFileAtomically(path, `${JSON.stringify(next, null, 2)}\n`)
  return {
    list,
    has: async (measurement) => (await list()).some((one) => one.measurement === measurement),
    async add(registration) {
      const before = await list()
      if (before.some((one) => one.measurement === registration.measurement)) return false
      await write([...before, registration])
      return true
    },
    async remove(measurement) {
      const before = await list()
      const after = before.filter((one) => one.measurement !== measurement)
      if (after.length === before.length) return false
      await write(after)
      return true
    },
  }
}

// The inode too: a file that was renamed over the old one within the clock's grain has another one.
async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'absent'
    throw new LabError('CANNOT_READ', `cannot read the registered apps from ${path}: ${codeOf(error)}`, {
      cause: error,
    })
  }
}

const Registrations = v.array(
  v.object({
    measurement: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    name: v.string(),
    registeredAt: v.pipe(v.string(), v.isoTimestamp()),
  }),
)

async function read(path: string): Promise<readonly Registration[]> {
  try {
    return v.parse(Registrations, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    throw new LabError('REGISTRY_BROKEN', `${path} is not a list of registered apps`, {
      details: [error instanceof Error ? error.message : String(error)],
      hint: 'mend it, or delete it and register again: npm run register',
      cause: error,
    })
  }
}
