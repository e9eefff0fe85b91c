// Loaded before a program (`node --import`): counts what it does to files, one after the other, and before each of these steps
// either ends the program as kill -9 does, or keeps a copy of the folder: what such a kill would leave there. A step that says
// nothing new of the proxy's pairs is kept only now and then.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

const { KILL_AT, SNAPSHOTS, CERTS_FOLDER = '' } = process.env
const { existsSync, linkSync, lstatSync, readdirSync, readlinkSync, writeFileSync } = fs
const [mkdirSync, symlinkSync] = [fs.mkdirSync, fs.symlinkSync]
const killAt = Number(KILL_AT ?? 0)
const names: string[] = []

function step(name: string, about: unknown): void {
  const file = typeof about === 'string' ? about.slice(CERTS_FOLDER.length + 1) : ''
  // What the proxy reads changes in its own folder alone, step by step.
  const tells = file.startsWith('proxy') || name === 'renameSync' || names.length % 10 === 0
  if (SNAPSHOTS !== undefined && tells && existsSync(CERTS_FOLDER))
    keep(CERTS_FOLDER, join(SNAPSHOTS, String(names.length)))
  names.push(`${name} ${file}`)
  if (names.length === killAt) process.kill(process.pid, 'SIGKILL')
}

// By links: what takes a file's place is another file, and nothing is written into one that has its name.
function keep(from: string, to: string): void {
  mkdirSync(to, 0o700)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [old, copy] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) keep(old, copy)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(old), copy)
    else linkSync(old, copy)
  }
}

type Act = (...args: unknown[]) => unknown

function watch(owner: object, method: string, counts: (args: readonly unknown[]) => boolean = () => true): void {
  // Functions of Node's own, which are looked up by their names.
  const methods = owner as Record<string, Act>
  const act = methods[method]
  if (!act) throw new Error(`there is no ${method}`)
  methods[method] = function (this: unknown, ...args: unknown[]) {
    if (counts(args))
      step(
        method,
        args.find((arg) => typeof arg === 'string' && arg.startsWith(CERTS_FOLDER)),
      )
    return act.apply(this, args)
  }
}

for (const method of ['mkdirSync', 'copyFileSync', 'renameSync', 'symlinkSync']) watch(fs, method)
watch(fs, 'rmSync', ([path]) => lstatSync(String(path), { throwIfNoEntry: false }) !== undefined)
// Neither what is read, nor the lock's sign of life, which comes when a second is over.
for (const method of ['mkdir', 'rename', 'link', 'rm', 'chmod']) watch(fs.promises, method)
watch(fs.promises, 'open', ([, flags]) => flags === 'wx')
const handle = await fs.promises.open(process.execPath)
for (const method of ['writeFile', 'sync']) watch(Object.getPrototypeOf(handle), method)
await handle.close()
syncBuiltinESMExports()

process.once('exit', () => {
  if (SNAPSHOTS !== undefined) writeFileSync(join(SNAPSHOTS, 'steps.json'), JSON.stringify(names))
})
