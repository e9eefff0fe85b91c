import { execPath } from 'node:process'
import { describe, expect, test } from '@jest/globals'
import { type CommandLimits, runCommand } from '#client/external/command.ts'
import { heed } from '#client/external/report.ts'
import { failureOf } from '#client/refusal.ts'
import { gone } from '../../support/gone.ts'

const run = (script: string, limits: Partial<CommandLimits> = {}) =>
  runCommand({ command: execPath, args: ['-e', script], env: {} }, { timeout: 20_000, ...limits })

async function said(script: string, limits: Partial<CommandLimits> = {}) {
  const end = await run(script, limits)
  try {
    heed(end)
    return { outcome: 'accepted' }
  } catch (error) {
    return failureOf(error)
  }
}

describe('how a program ends', () => {
  test.each([
    ['process.exit(0)', { outcome: 'accepted' }],
    ['process.exit(7)', { outcome: 'refused', reason: 'unknown', code: 'EXIT_7' }],
    ['console.log("ACCEPT"); process.exit(1)', { outcome: 'accepted' }],
    ['console.log("it is wrong\\nREJECT\\n"); process.exit(0)', { outcome: 'refused', code: 'CLIENT_REJECTS' }],
    ['console.log("UNSUPPORTED")', { outcome: 'broken', code: 'CLIENT_UNSUPPORTED' }],
    ['console.error("ACCEPT"); process.exit(3)', { outcome: 'refused', code: 'EXIT_3' }],
    ['process.exit(127)', { outcome: 'broken', code: 'CLIENT_NOT_STARTED' }],
    ['process.kill(process.pid, "SIGKILL")', { outcome: 'broken', code: 'CLIENT_SIGNALLED' }],
  ])('%s is %j', async (script, expected) => {
    expect(await said(script)).toMatchObject(expected)
  })

  test('of one that says much, the beginning and the end are quoted', async () => {
    const { message } = (await said(
      'process.stdout.write("the cause " + "x".repeat(5000) + " the end", () => process.exit(1))',
    )) as { message: string } // It did not take the answer.
    expect(message).toMatch(/^it refused: the cause x+\n…\nx+ the end$/)
    expect(message.length).toBeLessThan(2100)
  })

  test('a program that is not there, and one that is no program, are told apart from a refusal', async () => {
    const missing = await runCommand({ command: 'no-such-program', args: [], env: {} }, { timeout: 1_000 })
    expect(missing).toMatchObject({ how: 'not-started', why: 'ENOENT' })
    const folder = await runCommand({ command: '/', args: [], env: {} }, { timeout: 1_000 })
    expect(folder).toMatchObject({ how: 'not-started', why: 'EACCES' })
  })

  test('what it wrote is quoted, stdout and stderr together', async () => {
    const failure = await said('console.error("bad certificate"); process.exit(60)')
    expect(failure).toMatchObject({ code: 'EXIT_60', message: expect.stringContaining('bad certificate') })
  })
})

describe('a program that behaves badly', () => {
  test('one that never ends is ended at its deadline, and its words are kept', async () => {
    const end = await run('console.log("waiting"); setInterval(() => {}, 1000)', { timeout: 2_500 })
    expect(end).toMatchObject({ how: 'timeout', output: 'waiting\n' })
  })

  test('one that ignores SIGTERM ends all the same', async () => {
    const script = 'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1000)'
    const end = await run(script, { timeout: 2_500 })
    expect(end.how).toBe('timeout')
    expect(await gone(Number(end.lastLine))).toBe(true)
  })

  test('children that it leaves behind are ended with it, and do not hold it up', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      console.log(child.pid)
      process.exit(0)`
    const end = await run(script)
    expect(end).toMatchObject({ how: 'exit', code: 0 })
    expect(await gone(Number(end.lastLine))).toBe(true)
  })

  test('of endless output the last 64 KiB are kept, and its last line is heard', async () => {
    const script = `
      const { writeSync } = require('node:fs')
      const block = Buffer.alloc(1 << 20, 'x')
      for (let i = 0; i < 50; i++) for (let at = 0; at < block.length; ) at += writeSync(1, block, at)
      writeSync(1, '\\nACCEPT\\n')
      process.exitCode = 1`
    const end = await run(script)
    expect(end).toMatchObject({ how: 'exit', code: 1, lastLine: 'ACCEPT' })
    expect(end.output).toHaveLength(64 * 1024)
  })

  test('bytes that are no text harm nobody', async () => {
    expect(await run('process.stdout.write(Buffer.from([0xff, 0xfe, 0, 1])); process.exitCode = 5')).toMatchObject({
      how: 'exit',
      code: 5,
    })
  })

  test('one that reads is told at once that there is nothing to read', async () => {
    const script = 'process.stdin.on("end", () => process.exit(9)).resume()'
    expect(await run(script)).toMatchObject({ how: 'exit', code: 9 })
  })

  test('an interruption ends it', async () => {
    const interrupt = new AbortController()
    const ending = run('setInterval(() => {}, 1000)', { signal: interrupt.signal })
    interrupt.abort()
    expect(await ending).toMatchObject({ how: 'interrupted' })
    expect(await run('', { signal: interrupt.signal })).toMatchObject({ how: 'interrupted' })
  })
})
