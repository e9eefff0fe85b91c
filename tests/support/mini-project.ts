import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, start } from './program.ts'

const launcher = fileURLToPath(new URL('../../services/kit/launch.mjs', import.meta.url))

const HELLO = `
  import { word } from 'word'
  console.log(JSON.stringify({ word, args: process.argv.slice(2), flags: process.execArgv }))
`

export interface Project extends AsyncDisposable {
  readonly folder: string
  write(path: string, text: string): Promise<void>
  read(path: string): Promise<string>
  has(path: string): boolean
  /** Makes the lockfile want this version of the one package. */
  want(version: '1.0.0' | '2.0.0'): Promise<void>
  /** Runs the project's launcher. */
  launch(
    args: readonly string[],
    how?: { node?: readonly string[]; env?: Record<string, string>; uid?: number },
  ): Program
}

const template = join(tmpdir(), `pinlab-launch-template-${process.pid}`)

/** A lockfile that names one package, a local file, in two versions; and the first of them installed. */
export async function packTemplate(): Promise<void> {
  for (const version of ['1.0.0', '2.0.0']) {
    const folder = join(template, version)
    await mkdir(join(folder, 'word'), { recursive: true })
    const manifest = { name: 'word', version, type: 'module', exports: './word.js' }
    await writeFile(join(folder, 'word/package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'word/word.js'), `export const word = 'word ${version}'`)
    npm(folder, 'pack', './word', '--silent')
    const dependencies = { word: `file:word-${version}.tgz` }
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'mini', dependencies }))
    npm(folder, 'install', '--offline', '--silent')
  }
}

export function removeTemplate(): Promise<void> {
  return rm(template, { recursive: true, force: true })
}

/** A repository in a temporary folder: the launcher, a lockfile that names one package, and hello.mjs. */
export async function project(state: 'fresh' | 'installed' = 'fresh'): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-launch-'))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const want = async (version: string) => {
    for (const file of ['package.json', 'package-lock.json', `word-${version}.tgz`]) {
      await copyFile(join(template, version, file), join(folder, file))
    }
  }
  await mkdir(join(folder, 'services/kit'), { recursive: true })
  await copyFile(launcher, join(folder, 'services/kit/launch.mjs'))
  await write('hello.mjs', HELLO)
  await want('1.0.0')
  if (state === 'installed')
    await cp(join(template, '1.0.0/node_modules'), join(folder, 'node_modules'), { recursive: true })
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  return {
    folder,
    write,
    want,
    read: (path) => readFile(join(folder, path), 'utf8'),
    has: (path) => existsSync(join(folder, path)),
    launch: (args, how = {}) =>
      start(process.execPath, [...(how.node ?? []), join(folder, 'services/kit/launch.mjs'), ...args], {
        cwd: tmpdir(),
        env: { ...env, ...how.env },
        ...(how.uid === undefined ? {} : { uid: how.uid, gid: how.uid }),
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export function npm(cwd: string, ...args: string[]): void {
  const path = process.env.npm_execpath
  if (path) execFileSync(process.execPath, [path, ...args], { cwd })
  else execFileSync('npm', args, { cwd, shell: process.platform === 'win32' })
}
