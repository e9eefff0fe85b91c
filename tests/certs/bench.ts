import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from '@jest/globals'
import { certsProgram } from '#certs/program.ts'
import type { Workshop } from '#certs/workshop.ts'

/** Noon of a day on which nothing happens: certificates are made and judged relative to it. */
export const NOW = new Date('2026-06-15T12:00:00Z')

export const daysLater = (days: number) => new Date(NOW.getTime() + days * 86_400_000)

/** A workshop in an empty folder of its own, which goes when the test ends. */
export async function emptyWorkshop(more: Partial<Workshop> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'pinlab-certs-'))
  const workshop: Workshop = { folder: join(path, 'generated'), now: () => NOW, onWait: () => {}, ...more }
  return { ...workshop, path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

if (!hasOpenssl) process.stderr.write('skipping what openssl must confirm: there is no openssl on this machine\n')

/** A test that needs the real openssl, skipped with one printed reason where there is none. */
export const opensslTest = hasOpenssl ? test : test.skip

export function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

const hasModes = process.platform !== 'win32'
if (!hasModes) process.stderr.write('skipping file permissions: Windows has none of the kind\n')
export const modeTest = hasModes ? test : test.skip

/** Every file below a folder: its text by its path, with slashes. */
export async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.map(async (file) => [
    file.slice(folder.length + 1).replaceAll('\\', '/'),
    await readFile(file, 'utf8'),
  ])
  return Object.fromEntries(await Promise.all(read))
}

export const at = ({ folder }: Workshop, path: string) => join(folder, path)

/** A pair as two files in memory. */
export function files(key: string | Buffer, certificate: string | Buffer) {
  const file = (path: string, content: string | Buffer) => ({ path, bytes: Buffer.from(content) })
  return { key: file('key.pem', key), certificate: file('cert.pem', certificate) }
}

export function refusal(act: () => unknown): { code?: string; message?: string; hint?: string } {
  try {
    act()
  } catch (error) {
    return error as { code: string; message: string; hint: string }
  }
  return {}
}

/** Runs one command line in this process, on streams that are no terminals unless `isTTY`. */
export async function run(
  folder: string,
  args: readonly string[],
  more: { env?: Record<string, string>; isTTY?: boolean } = {},
) {
  const printed = { stdout: '', stderr: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: more.isTTY ?? false,
    write: (text: string) => {
      printed[name] += text
    },
  })
  const host = { env: { CERTS_FOLDER: folder, ...more.env }, stdout: stream('stdout'), stderr: stream('stderr') }
  const signal = new AbortController().signal
  const error = await certsProgram({ host, signal, now: () => NOW })
    .parseAsync(['node', 'certs', ...args])
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  return { ...printed, error }
}
