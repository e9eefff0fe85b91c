import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ended, start } from './program.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface CopiedLab extends AsyncDisposable {
  readonly folder: string
  /** One of the lab's commands: `battery`, with its options. */
  run(...args: readonly string[]): Promise<Ended>
}

/** A copy of the lab in a temporary folder, with files that a user might have added. */
export async function copiedLab(files: Readonly<Record<string, string>>): Promise<CopiedLab> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-copy-'))
  for (const part of ['certs', 'mitm', 'services', 'package.json']) {
    await cp(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => path !== join(root, 'certs/generated'),
    })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  const { NODE_OPTIONS: _, ...env } = process.env
  return {
    folder,
    run: (...args) => start(process.execPath, ['services/lab/main.ts', ...args], { cwd: folder, env }).ended,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
