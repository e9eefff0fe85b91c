import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Client } from '#client/client.ts'
import { type ExternalMeans, externalClient } from '#client/external/external.ts'
import { placeholdersIn } from '#client/external/placeholders.ts'
import type { Entry } from '#kit/catalogue.ts'
import { ABILITIES, ROADS } from '#kit/check.ts'
import type { Env } from '#kit/env.ts'
import { LabError } from '#kit/error.ts'
import { readTextFile, writeFileAtomically } from '#kit/files.ts'

const Name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i, 'letters, digits, dots and hyphens, 64 at most'),
)

const SetupShape = v.strictObject({
  command: v.pipe(v.string(), v.minLength(1)),
  args: v.optional(v.array(v.string()), []),
  env: v.optional(v.record(v.string(), v.string()), {}),
  plainEnv: v.optional(v.boolean(), false),
  deployment: v.optional(v.picklist(['ca-signed', 'self-signed']), 'ca-signed'),
  stdin: v.optional(v.boolean(), false),
  can: v.optional(v.array(v.picklist(ABILITIES)), []),
  road: v.optional(v.picklist(ROADS), 'takeover'),
  timeout: v.optional(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(600_000)), 10_000),
})

// clients.schema.json says the same to editors.
const FileShape = v.strictObject({
  $schema: v.optional(v.string()),
  version: v.literal(1),
  clients: v.record(Name, SetupShape),
})

/** A program that is not ours, and how it is tried. */
export type Setup = v.InferOutput<typeof SetupShape>
export type Saved = ReadonlyMap<string, Setup>

/** The folder in which the person has typed the command: npm itself goes to the lab's. */
export function ownFolder(env: Env): string {
  return env.INIT_CWD ?? '.'
}

export function clientsFile(env: Env): string {
  return join(ownFolder(env), 'clients.json')
}

/**
 * What was saved; nothing where there is no file.
 * @throws LabError CANNOT_READ, CLIENTS_UNREADABLE
 */
export async function readSaved(env: Env): Promise<Saved> {
  const path = clientsFile(env)
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return new Map()
  const text = await readTextFile(path, 'the saved clients')
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), FileShape), text)
  if (parsed.success) return new Map(Object.entries(parsed.output.clients))
  throw new LabError('CLIENTS_UNREADABLE', `${path} holds no saved clients`, {
    details: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`),
    hint: 'its shape: services/lab/try/clients.schema.json; mend it, or delete it and save anew',
  })
}

export interface Saving {
  readonly name: string
  readonly setup: Setup
  /** Put it in the place of another one of that name. */
  readonly force: boolean
  /** Names that mean something else already. */
  readonly taken: Iterable<string>
}

/**
 * Keeps a setup beside those that were saved before. Gives the path.
 * @throws LabError NAME_INVALID, NAME_TAKEN, CANNOT_WRITE, PLACEHOLDER_UNKNOWN
 */
export async function save(env: Env, { name, setup, force, taken }: Saving): Promise<string> {
  if (!v.is(Name, name)) {
    const hint = 'letters, digits, dots and hyphens, at most 64, a letter or digit first: --save my-client'
    throw new LabError('NAME_INVALID', `'${name}' cannot be the name of a client`, { hint })
  }
  if ([...taken].includes(name)) {
    throw new LabError('NAME_TAKEN', `'${name}' is a client of the lab's own`, { hint: `--save my-${name}` })
  }
  for (const text of [setup.command, ...setup.args, ...Object.values(setup.env)]) placeholdersIn(text)
  const before = await readSaved(env)
  const differing = differences(before.get(name), setup)
  if (differing.length > 0 && !force) {
    throw new LabError('NAME_TAKEN', `'${name}' is saved already, and otherwise`, {
      details: differing,
      hint: '--force puts the new one in its place; or choose another name',
    })
  }
  const path = clientsFile(env)
  const clients = Object.fromEntries([...before, [name, setup]])
  await writeFileAtomically(path, `${JSON.stringify({ version: 1, clients }, null, 2)}\n`, 0o600)
  return path
}

/** Saved setups as clients. @param names all when absent */
export function savedClients(saved: Saved, means: ExternalMeans, names = [...saved.keys()]): Entry<Client>[] {
  return names.flatMap((id) => {
    const setup = saved.get(id)
    return setup ? [externalClient({ id, ...setup }, means)] : []
  })
}

/** One line each. */
export function listSaved(saved: Saved): string {
  if (saved.size === 0) return 'none is saved yet: --save NAME\n'
  const width = Math.max(...[...saved.keys()].map((name) => name.length))
  const inOneLine = ({ command, args }: Setup) => [command, ...args].join(' ').replace(/\s+/g, ' ').slice(0, 120)
  return [...saved].map(([name, setup]) => `  ${name.padEnd(width)}  ${inOneLine(setup)}\n`).join('')
}

function differences(before: Setup | undefined, after: Setup): string[] {
  if (!before) return []
  // Both are parsed by one shape.
  return (Object.keys(after) as (keyof Setup)[]).flatMap((field) => {
    const [old, now] = [before[field], after[field]].map((value) => JSON.stringify(value))
    return old === now ? [] : [`${field}: ${old} is saved, ${now} is given`]
  })
}
