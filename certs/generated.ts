import { randomBytes } from 'node:crypto'
import { chmod, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, LabError } from '#kit/error.ts'
import { makeFolder, whyUnreadable } from '#kit/files.ts'
import { FINDS } from './find-names.ts'
import {
  fileOfFind,
  type GeneratedFile,
  generatedFiles,
  PAIR_FILES,
  PROVIDED_AUTHORITY_FILE,
  SECRET_FILES,
} from './layout.ts'
import type { FoundMaterial, Material } from './material.ts'
import { PAIRS } from './pieces.ts'
import { settle, switchTogether } from './switch.ts'

/**
 * What is in the folder, whole, in part or not at all.
 * @throws LabError CANNOT_READ when a file is there but may not be read
 */
export async function readGenerated(folder: string): Promise<FoundMaterial> {
  const first = async (paths: readonly string[]) => {
    for (const path of paths) {
      const text = await readIfThere(join(folder, path))
      if (text !== undefined && text.trim() !== '') return text
    }
    return undefined
  }
  const pairs = PAIRS.map(async (name) => {
    const [key, chain] = [await first([PAIR_FILES[name].key]), await first([PAIR_FILES[name].chain])]
    return [name, { ...(key && { key }), ...(chain && { chain }) }] as const
  })
  const finds = FINDS.map(async (name) => {
    const chain = await first([fileOfFind(name)])
    return chain === undefined ? [] : [[name, chain] as const]
  })
  const [backup, apiBackup, attestationSecret, client, attacker, certs, providedAuthority] = await Promise.all([
    first(SECRET_FILES.backupSelfSigned),
    first(SECRET_FILES.backupCaSigned),
    first(SECRET_FILES.attestationSecret),
    first(SECRET_FILES.clientToken),
    first(SECRET_FILES.attackerToken),
    first(SECRET_FILES.certsToken),
    first([PROVIDED_AUTHORITY_FILE]),
  ])
  return {
    pairs: Object.fromEntries(await Promise.all(pairs)),
    finds: Object.fromEntries((await Promise.all(finds)).flat()),
    backupKeys: { ...(backup && { selfSigned: backup }), ...(apiBackup && { caSigned: apiBackup }) },
    backstageTokens: { ...(client && { client }), ...(attacker && { attacker }), ...(certs && { certs }) },
    ...(attestationSecret && { attestationSecret }),
    ...(providedAuthority && { providedAuthority }),
  }
}

/**
 * Writes what differs and nothing else. All of it is written under temporary names first; then each party's files take their
 * places together, so that a key and its certificate belong together whenever this process is killed.
 * @param except paths to leave as they are, if they are there
 * @returns paths of the files that changed
 * @throws LabError CANNOT_WRITE; then no file has changed, or the disk broke in the middle of a rename
 */
export async function writeGenerated(
  folder: string,
  material: Material,
  except: readonly string[] = [],
): Promise<string[]> {
  const files = generatedFiles(material)
  for (const party of new Set(files.map(({ path }) => dirname(path)))) await prepare(join(folder, party))
  const results = await Promise.allSettled(files.map((file) => stageIfNeeded(folder, file, { material, except })))
  const staged = results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []))
  try {
    for (const result of results) if (result.status === 'rejected') throw result.reason
    // The proxy's come first: a backup key that has come into use there must not be replaced before it has.
    for (const [party, theirs] of Map.groupBy(staged, ({ path }) => dirname(path))) {
      switchTogether(
        join(folder, party),
        theirs.map(({ path, temporary }) => ({ name: basename(path), temporary })),
      )
    }
    // Otherwise the next run would find it and trust it again.
    if (material.providedAuthority === undefined) await rm(join(folder, PROVIDED_AUTHORITY_FILE), { force: true })
  } catch (error) {
    await Promise.all(staged.map(({ temporary }) => rm(temporary, { force: true })))
    settleWhatCanBe(staged.map(({ path }) => join(folder, dirname(path))))
    throw error instanceof LabError ? error : cannotWrite(folder, error)
  }
  return staged.map(({ path }) => path)
}

// What a broken disk does not let be settled waits for the next run.
function settleWhatCanBe(parties: readonly string[]): void {
  for (const party of new Set(parties)) {
    try {
      settle(party)
    } catch {}
  }
}

/** Files that are missing or say something else than the material does, relative to the folder. */
export async function outdatedFiles(folder: string, material: Material): Promise<string[]> {
  const checked = generatedFiles(material).map(async (file) =>
    (await isAsWanted(folder, file, material)) ? [] : [file.path],
  )
  return (await Promise.all(checked)).flat()
}

const TEMPORARY = /\.[0-9a-f]{12}\.tmp$/

const modeOf = (file: GeneratedFile) => (file.secret ? 0o600 : 0o644)

// Windows has no such bits: there a file belongs to whoever may open its folder.
const hasModes = process.platform !== 'win32'

async function prepare(folder: string): Promise<void> {
  try {
    await makeFolder(folder, 0o700)
    if (hasModes && ((await stat(folder)).mode & 0o777) !== 0o700) await chmod(folder, 0o700)
    // Left by a process that was killed; the lock says that nobody is still writing them.
    settle(folder)
    const leftovers = (await readdir(folder)).filter((name) => TEMPORARY.test(name))
    await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })))
  } catch (error) {
    throw cannotWrite(folder, error)
  }
}

async function isAsWanted(folder: string, file: GeneratedFile, material: Material): Promise<boolean> {
  const path = join(folder, file.path)
  if ((await readIfThere(path)) !== file.content(material)) return false
  return !hasModes || !file.secret || ((await stat(path)).mode & 0o077) === 0
}

interface Staged {
  readonly path: string
  readonly temporary: string
}

async function stageIfNeeded(
  folder: string,
  file: GeneratedFile,
  { material, except }: { material: Material; except: readonly string[] },
): Promise<Staged | undefined> {
  const path = join(folder, file.path)
  if (await isAsWanted(folder, file, material)) return undefined
  if (except.includes(file.path) && (await readIfThere(path)) !== undefined) return undefined
  return { path: file.path, temporary: await stage(path, file, material) }
}

async function stage(path: string, file: GeneratedFile, material: Material): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  // 'wx' creates with the final mode: at no moment is a private key readable by others.
  const handle = await open(temporary, 'wx', modeOf(file))
  try {
    await handle.writeFile(file.content(material))
    await handle.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  return temporary
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new LabError('CANNOT_READ', `cannot read ${resolve(path)}: ${whyUnreadable(error)}`, {
      hint: 'look at its owner and its permissions, or choose another folder with --folder',
      cause: error,
    })
  }
}

function cannotWrite(folder: string, cause: unknown): LabError {
  return new LabError('CANNOT_WRITE', `cannot write in ${resolve(folder)}: ${codeOf(cause) ?? String(cause)}`, {
    hint: 'choose a folder that you may write to (--folder, or CERTS_FOLDER), or free some space',
    cause,
  })
}
