import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { runCommand } from '#kit/cli.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { nearest } from '#kit/nearest.ts'

const folder = new URL('.', import.meta.url)

/**
 * Runs every other file of this folder, or those named, one after the other and each in a process of its own, so that
 * none measures the garbage of another. A benchmark prints its figures beside those of a named peer in the same run.
 */
await runCommand(process, async (signal) => {
  const command = new Command('npm run bench --')
    .description('Runs the benchmarks, each beside a named peer in the same run.')
    .argument('[names...]', 'which ones; all when none is named')
    .addHelpText('after', '\nExamples:\n  npm run bench\n  npm run bench -- pin')
    .exitOverride()
    .parse(process.argv)
  const known = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'main.ts').sort()
  const ids = known.map((name) => basename(name, '.ts'))
  for (const id of command.args) assertKnown(id, ids)
  for (const id of ids) {
    if (command.args.length > 0 && !command.args.includes(id)) continue
    process.stdout.write(`${id}\n`)
    const child = spawn(process.execPath, [fileURLToPath(new URL(`${id}.ts`, folder))], { stdio: 'inherit', signal })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new LabError('BENCH_FAILED', `bench/${id}.ts ended with ${code}`, { kind: 'failure' })
  }
  return EXIT.expected
})

function assertKnown(id: string, ids: readonly string[]): void {
  if (ids.includes(id)) return
  const near = nearest(id, ids)
  throw new LabError('UNKNOWN_ID', `there is no benchmark called '${id}'`, {
    hint: near ? `did you mean '${near}'?` : `all of them: ${ids.join(', ')}`,
  })
}
