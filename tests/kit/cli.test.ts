import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { type Program, start } from '../support/program.ts'

const posixTest = process.platform === 'win32' ? test.skip : test
const kit = new URL('../../services/kit/', import.meta.url).href

interface Command extends AsyncDisposable {
  readonly path: string
  run(): Program
}

/** A program whose main is `runCommand(process, async (signal) => { body })`, alive as a service with an open port is. */
async function command(body: string): Promise<Command> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-cli-'))
  const path = join(folder, 'main.ts')
  await writeFile(
    path,
    `import { Command } from '${import.meta.resolve('commander')}'
     import { runCommand, untilAborted } from '${kit}cli.ts'
     import { LabError } from '${kit}error.ts'
     void [Command, untilAborted, LabError]
     const alive = setInterval(() => {}, 1000)
     await runCommand(process, async (signal) => { ${body} }).finally(() => clearInterval(alive))`,
  )
  return {
    path,
    run: () => start(process.execPath, [path], {}),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

test.each([
  ['return 0', { code: 0, stderr: '' }],
  ['return 3', { code: 3, stderr: '' }],
  ["throw new LabError('X_Y', 'no', { hint: 'yes' })", { code: 2, stderr: 'X_Y: no\n  hint: yes\n' }],
  ["throw new LabError('X_Y', 'no', { kind: 'failure' })", { code: 1, stderr: 'X_Y: no\n' }],
  ["throw new Error('odd')", { code: 1, stderr: expect.stringContaining('Error: odd\n    at ') }],
  ["new Command('x').exitOverride().parse(['--help'], { from: 'user' }); return 1", { code: 0, stderr: '' }],
  [
    "new Command('x').exitOverride().parse(['--no'], { from: 'user' }); return 1",
    { code: 2, stderr: "error: unknown option '--no'\n" },
  ],
])('a command that does `%s` ends so', async (body, ending) => {
  await using main = await command(body)
  expect(await main.run().ended).toMatchObject(ending)
})

posixTest.each(['SIGINT', 'SIGTERM'] as const)('the first %s lets the command end what it started', async (signal) => {
  await using main = await command("console.log('ready'); await untilAborted(signal); console.log('tidy'); return 0")
  const running = main.run()
  await running.says('ready')
  running.child.kill(signal)
  expect(await running.ended).toEqual({ code: 0, stdout: 'ready\ntidy\n', stderr: '' })
})

posixTest('a command that an interrupt breaks ends with 130 and one sentence', async () => {
  await using main = await command("console.log('ready'); await untilAborted(signal); throw signal.reason")
  const running = main.run()
  await running.says('ready')
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/^interrupted: .+\n$/) })
})

posixTest('the echo of a Ctrl-C, as a terminal and npm send it, does not cut the tidying short', async () => {
  await using main = await command(
    "console.log('ready'); await untilAborted(signal); console.log('tidying'); await new Promise((end) => process.once('SIGINT', () => setTimeout(end, 50))); console.log('tidy'); return 0",
  )
  const running = main.run()
  await running.says('ready')
  running.child.kill('SIGINT')
  await running.says('tidying')
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'ready\ntidying\ntidy\n' })
})

posixTest('a second Ctrl-C ends a command that does not end', async () => {
  await using main = await command(
    "console.log('ready'); await untilAborted(signal); setTimeout(() => console.log('late'), 600); await new Promise(() => {}); return 0",
  )
  const running = main.run()
  await running.says('ready')
  running.child.kill('SIGINT')
  await running.says('late')
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 130 })
})

posixTest('a reader that closes the pipe early is no failure', async () => {
  await using main = await command(
    "for (let n = 0; n < 1e5; n++) { console.log('line', n); if (n % 100 === 0) await new Promise(setImmediate) } return 7",
  )
  const shell = spawn('bash', ['-o', 'pipefail', '-c', '"$0" "$1" | head -n 1', process.execPath, main.path], {
    stdio: 'ignore',
  })
  const code = await new Promise((resolve) => shell.once('exit', resolve))
  expect(code).toBe(0)
})
