import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import type { Client } from '../client.ts'
import type { Reference, Words } from '../reference.ts'
import { type ReferenceVariant, sourcesOf } from '../references.ts'
import { type CommandEnd, runCommand } from './command.ts'
import { type ExternalMeans, externalClient } from './external.ts'
import { given } from './needs.ts'

export interface ReferenceClients extends AsyncDisposable {
  /** In the order of the variants and with their ids, without those that were left out. */
  readonly clients: readonly Entry<Client>[]
  /** Id of the entry to the first line that its version command prints. */
  readonly versions: Readonly<Record<string, string>>
}

export interface Preparing extends ExternalMeans {
  readonly signal?: AbortSignal
  /** Told of an entry that cannot be made ready, which is then left out; without it that is the end. */
  readonly leaveOut?: (why: LabError) => void
}

/** ms for one command of the preparation: compilers take their time */
const PATIENCE = 900_000

/**
 * Reference clients, compiled where they must be. What they need has to be there.
 * @throws LabError REFERENCE_UNPREPARED
 */
export async function referenceClients(
  variants: readonly ReferenceVariant[],
  preparing: Preparing,
): Promise<ReferenceClients> {
  await using opened = new AsyncDisposableStack()
  const entries = [...new Map(variants.map(({ of }) => [of.id, of])).values()]
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-reference-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const ready = new Map(
    await Promise.all(
      entries.map(async (entry) => {
        const work = await mkdtemp(join(folder, `${entry.id}-`))
        const version = await prepared(entry, work, preparing).catch((error: unknown) => {
          if (!preparing.leaveOut || !isUnprepared(error) || preparing.signal?.aborted) throw error
          preparing.leaveOut(error)
        })
        return [entry.id, { work, version }] as const
      }),
    ),
  )
  const clients = variants.flatMap((variant) => {
    const { work, version } = ready.get(variant.of.id) ?? {}
    if (work === undefined || version === undefined) return []
    const placed = placer(variant.of, work)
    const { id, title, command, args, env = {} } = variant
    const program = {
      id,
      command: placed(command),
      args: args.map(placed),
      plainEnv: false,
      deployment,
      unpinned: variant.finding === 'unpinned',
    } as const
    const filled = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, placed(text)]))
    return [{ ...externalClient({ ...program, env: filled }, preparing), title }]
  })
  const stack = opened.move()
  return {
    clients,
    versions: Object.fromEntries(
      [...ready].flatMap(([id, { version }]) => (version === undefined ? [] : [[id, version]])),
    ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const deployment = 'ca-signed'

/** Gives the version. */
async function prepared(entry: Entry<Reference>, work: string, { inherited, signal }: Preparing): Promise<string> {
  const placed = placer(entry, work)
  const run = async (words: Words) => {
    const [command = '', ...args] = words.map(placed)
    const limits = { timeout: PATIENCE, ...(signal && { signal }) }
    const end = await runCommand({ command, args, env: given(inherited) }, limits)
    if (end.how !== 'exit' || end.code !== 0) throw unprepared(entry, [command, ...args], end)
    return end.output
  }
  for (const words of entry.prepare ?? []) await run(words)
  const [version = ''] = (await run(entry.version)).trim().split(/\r?\n/)
  // curl and wget go on with all that they were built with.
  return version.replace(/ (?:\(|built on).*$/, '')
}

function unprepared({ id }: Entry<Reference>, words: readonly string[], end: CommandEnd): LabError {
  const how = end.how === 'exit' ? `exit ${end.code}` : end.how
  return new LabError('REFERENCE_UNPREPARED', `${id} cannot be made ready: ${words.join(' ')}: ${how}`, {
    kind: 'failure',
    details: end.output.trim().split(/\r?\n/).slice(-20),
    hint: 'run that command by hand; leave the client out by naming others: --reference',
  })
}

function isUnprepared(error: unknown): error is LabError {
  return error instanceof LabError && error.code === 'REFERENCE_UNPREPARED'
}

function placer(entry: Entry<Reference>, work: string): (text: string) => string {
  return (text) => text.replaceAll('{here}', sourcesOf(entry)).replaceAll('{work}', work)
}
