import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf, LabError } from '#kit/error.ts'
import { makeFolder } from '#kit/files.ts'

const POLL_MS = 50
const BEAT_MS = 1000
/** A holder that has not shown a sign of life for so many polls, five seconds, was killed. */
const POLLS_UNTIL_STALE = 100

export interface LockOptions {
  /** Called once when another holds the lock. */
  readonly onWait: () => void
  readonly signal?: AbortSignal
}

/**
 * Runs `work` while no other process does so under the same lock file. The holder rewrites the file every second; a
 * waiting one compares what it reads, so that no two clocks need to agree.
 * @throws LabError CANNOT_WRITE
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  const holder = randomUUID()
  await acquire(path, holder, options)
  let beats = 0
  const heart = setInterval(() => {
    beats += 1
    writeFile(path, `${holder} ${beats}`, { flag: 'r+' }).catch(() => {})
  }, BEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(heart)
    await rm(path, { force: true })
  }
}

async function acquire(path: string, holder: string, { onWait, signal }: LockOptions): Promise<void> {
  let seen: string | undefined
  let unchanged = 0
  for (let polls = 0; !(await create(path, holder)); polls += 1) {
    if (polls === 0) onWait()
    const now = await readFile(path, 'utf8').catch(() => undefined)
    unchanged = now === seen ? unchanged + 1 : 0
    seen = now
    if (unchanged >= POLLS_UNTIL_STALE && seen !== undefined) await takeAway(path, seen)
    await delay(POLL_MS, undefined, signal && { signal })
  }
}

async function create(path: string, holder: string): Promise<boolean> {
  try {
    await makeFolder(dirname(path), 0o700)
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(`${holder} 0`)
    await file.close()
    return true
  } catch (error) {
    // EEXIST of mkdir means that the folder's name belongs to a file: waiting does not mend that.
    if (codeOf(error) === 'EEXIST' && syscallOf(error) === 'open') return false
    throw new LabError('CANNOT_WRITE', `cannot write in ${dirname(path)}: ${codeOf(error) ?? String(error)}`, {
      hint: 'choose a folder that you may write to: --folder, or CERTS_FOLDER',
      cause: error,
    })
  }
}

// Two may find the same lock stale at once: whoever comes second has moved a fresh one aside, sees it, and puts it back.
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path)
  } catch {
    // Somebody else was quicker; the next poll shows how things stand.
  } finally {
    await rm(aside, { force: true })
  }
}

function syscallOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'syscall' in error ? error.syscall : undefined
}
