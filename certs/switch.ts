import { copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '#kit/error.ts'

/** A file that is whole, under a name that nobody reads. */
export interface Staged {
  /** Of the file whose place it takes. */
  readonly name: string
  /** Path. */
  readonly temporary: string
}

const BEFORE = '.before'
const AFTER = '.after'
/** Leads to one of the two. */
const SHOWN = '.shown'

/**
 * Puts files of one folder in their places, all at one moment: whoever reads them later, even after this process was killed
 * midway, finds all as they were or all as they are to be. Renaming one after the other would leave a key with the
 * certificate of another. So each name first leads, by way of one link, to what it held already; then that link is turned.
 */
export function switchTogether(folder: string, files: readonly Staged[]): void {
  const at = (...names: string[]) => join(folder, ...names)
  if (files.length < 2 || !canLink(folder)) {
    for (const { name, temporary } of files) renameSync(temporary, at(name))
    return
  }
  mkdirSync(at(BEFORE), 0o700)
  mkdirSync(at(AFTER), 0o700)
  for (const { name, temporary } of files) {
    copyIfThere(at(name), at(BEFORE, name))
    renameSync(temporary, at(AFTER, name))
  }
  for (const { name } of files) pointTo(folder, name, join(SHOWN, name))
  pointTo(folder, SHOWN, AFTER)
  settle(folder)
}

/** Makes files again of what a switch has left as links, done or killed midway; what they hold stays. */
export function settle(folder: string): void {
  const at = (...names: string[]) => join(folder, ...names)
  for (const name of readdirSync(folder)) {
    if (targetOf(at(name)) !== join(SHOWN, name)) continue
    try {
      renameSync(at(SHOWN, name), at(name))
    } catch (error) {
      // It was to be new, and the moment had not come.
      if (codeOf(error) !== 'ENOENT') throw error
      rmSync(at(name), { force: true })
    }
  }
  for (const name of [SHOWN, BEFORE, AFTER]) rmSync(at(name), { recursive: true, force: true })
}

/**
 * Windows lets few users make a link, and some file systems know none: there a kill between two renames leaves what the next run
 * has to mend. Where it can, the way to what is there already is laid.
 */
function canLink(folder: string): boolean {
  if (process.platform === 'win32') return false
  try {
    pointTo(folder, SHOWN, BEFORE)
    return true
  } catch {
    return false
  }
}

/** At one moment, whatever was there. */
function pointTo(folder: string, name: string, target: string): void {
  const temporary = join(folder, `${name}${LINK}`)
  rmSync(temporary, { force: true })
  symlinkSync(target, temporary)
  renameSync(temporary, join(folder, name))
}

/** Like the temporary names of files, so that what a killed process has left goes with those. */
const LINK = '.000000000000.tmp'

function copyIfThere(from: string, to: string): void {
  try {
    copyFileSync(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function targetOf(path: string): string | undefined {
  return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
}
