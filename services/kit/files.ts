import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { codeOf, LabError } from './error.ts'

/**
 * Writes all or nothing: a temporary name beside the target, flushed, then renamed over it.
 * @param mode permission bits; private keys use 0o600
 * @throws LabError CANNOT_WRITE with the path and the reason
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array | Iterable<string>,
  mode = 0o644,
): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    await makeFolder(dirname(path))
    // 'wx' creates with the final mode: at no moment is a private key readable by others.
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw new LabError('CANNOT_WRITE', `cannot write ${resolve(path)}: ${codeOf(error) ?? String(error)}`, {
      hint: 'choose a folder that you may write to, or free some space',
      cause: error,
    })
  }
}

/**
 * Makes a folder and those above it. Not `mkdir` with `recursive`, which never returns where the kernel answers ENOENT
 * although the parent is there, as in /proc (seen on Node 24).
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, mode)
  } catch (error) {
    if (await isFolder(path)) return
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path), mode)
    await mkdir(path, mode).catch(async (again: unknown) => {
      // Another command may have made it in between.
      if (!(await isFolder(path))) throw again
    })
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

/**
 * Finds out whether a file can be written there, by doing it; leaves no file, but keeps a folder that it had to make.
 * @throws LabError CANNOT_WRITE
 */
export async function probeWritable(path: string): Promise<void> {
  if (await isFolder(path)) {
    throw new LabError('CANNOT_WRITE', `cannot write ${resolve(path)}: it is a folder`, { hint: 'name a file in it' })
  }
  const probe = `${path}.probe`
  await writeFileAtomically(probe, '')
  await rm(probe, { force: true })
}

/**
 * @param what the thing in words, for the sentence that a reader of the error sees
 * @throws LabError CANNOT_READ
 */
export async function readTextFile(path: string, what: string, hint?: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new LabError('CANNOT_READ', `cannot read ${what} from ${resolve(path)}: ${whyUnreadable(error)}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

/** The reason in words, where it is one that people run into. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  return (code && UNREADABLE[code]) ?? code ?? String(error)
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it (EACCES)',
  EPERM: 'this user may not read it (EPERM)',
}
