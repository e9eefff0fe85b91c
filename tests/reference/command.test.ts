import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadReferences, variantsCalled } from '#client/references.ts'
import { tryCommand } from '#lab/try-command.ts'
import { describeWithReferences, playHere, referencesHere } from '../support/references.ts'
import { terminal } from '../support/terminal.ts'

const NOWHERE = { PATH: '/nowhere' }

test('what the machine lacks is skipped with the package that brings it, and proves nothing', async () => {
  const screen = terminal(['--reference', 'curl-pinned,wget-*'], NOWHERE)
  expect(await tryCommand(screen)).toBe(4)
  expect(screen.printed.stderr).toContain('skipped: curl-pinned: without curl: apt-get install curl\n')
  expect(screen.printed.stderr.match(/skipped: wget-/g)).toHaveLength(3)
})

test('with REQUIRE_REFERENCE=1 it is a failure that says what to install', async () => {
  const screen = terminal(['--reference', 'curl-pinned,wget-*'], { ...NOWHERE, REQUIRE_REFERENCE: '1' })
  await expect(tryCommand(screen)).rejects.toMatchObject({
    code: 'REFERENCE_MISSING',
    hint: 'apt-get install curl wget',
  })
})

test('one that takes another road is told which, and is no failure', async () => {
  const [only] = variantsCalled(await loadReferences(), ['python-requests-toolbelt'])
  expect(only?.road).toBe('takeover')
  const { proxy } = await referencesHere('python-requests-toolbelt')
  expect(proxy.ready).toEqual([])
})

test('an unknown id is refused with the nearest', async () => {
  await expect(tryCommand(terminal(['--reference', 'curl-pined']))).rejects.toMatchObject({
    code: 'UNKNOWN_ID',
    hint: expect.stringContaining('curl-pinned'),
  })
})

test('neither a command nor a reference client, or both, is wrong use', async () => {
  await expect(tryCommand(terminal([]))).rejects.toMatchObject({ code: 'commander.missingArgument' })
  await expect(tryCommand(terminal(['--reference', 'curl-*', 'curl']))).rejects.toThrow('takes no command')
})

const { takeover } = await referencesHere('curl-unpinned', 'curl-pinned')

describeWithReferences('curl by command', takeover, () => {
  test('both are columns of one table, and their findings the expected ones', async () => {
    const env = { PATH: process.env.PATH ?? '' }
    const screen = terminal(['--reference', 'curl-unpinned,curl-pinned', '--attack', 'none'], env)
    expect(await tryCommand(screen)).toBe(0)
    expect(screen.printed.stdout).toMatch(/^ attack +curl-unpinned +curl-pinned$/m)
    expect(screen.printed.stdout).toMatch(/✓ curl-pinned \(curl \d+\.\d+\.\d+\): pinned by key$/m)
    expect(screen.printed.stdout).toContain('All 2 findings are the expected ones.')
    // One that is meant to have no pin is fooled as expected.
    expect(screen.printed.stdout).not.toContain('! ')
  })

  test('an entry that promises too much is found out', async () => {
    const boasting = takeover.ready.map((variant) => ({ ...variant, finding: 'pinned by key' }) as const)
    const played = await playHere(boasting, { road: 'takeover', attacks: ['none'] })
    expect(played.of('curl-pinned').asExpected).toBe(true)
    expect(played.of('curl-unpinned')).toMatchObject({ asExpected: false, conclusion: { finding: 'unpinned' } })
  })
})

describe('what a recipe is compiled with is there, and does not compile', () => {
  const REFUSING = '#!/bin/sh\necho no network >&2\nexit 1\n'

  async function withoutNetwork() {
    const folder = await mkdtemp(join(tmpdir(), 'pinlab-compiler-'))
    await writeFile(join(folder, 'go'), REFUSING, { mode: 0o755 })
    return {
      env: { PATH: `${folder}:${process.env.PATH ?? ''}` },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    }
  }

  test('it is skipped with its last words, and proves nothing', async () => {
    await using without = await withoutNetwork()
    const screen = terminal(['--reference', 'go-pinned', '--attack', 'none'], without.env)
    expect(await tryCommand(screen)).toBe(4)
    expect(screen.printed.stderr).toMatch(/^skipped: go cannot be made ready: go build .*: exit 1\n {2}no network$/m)
  })

  test('with REQUIRE_REFERENCE=1 it is a failure', async () => {
    await using without = await withoutNetwork()
    const screen = terminal(['--reference', 'go-pinned'], { ...without.env, REQUIRE_REFERENCE: '1' })
    await expect(tryCommand(screen)).rejects.toMatchObject({ code: 'REFERENCE_UNPREPARED', details: ['no network'] })
  })
})
