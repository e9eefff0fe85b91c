import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { CHECKS, REASONS, reasonOf } from '#kit/check.ts'
import { measureApp } from '#kit/measure.ts'
import { HOSTS } from '#kit/names.ts'
import { nearest } from '#kit/nearest.ts'

test.each([
  ['trusted-authorty', 'trusted-authority'],
  ['epxired', 'expired'],
  ['xyz', undefined],
])('the word nearest to %s is %s', (word, known) => {
  expect(nearest(word, ['expired', 'trusted-authority'])).toBe(known)
})

test('nothing is near when nothing is known', () => {
  expect(nearest('a', [])).toBeUndefined()
})

test('a failed check gives a reason that reports know', () => {
  const pins = CHECKS.filter((check) => check.endsWith('-pin'))
  expect(pins.length).toBeGreaterThan(2)
  expect(CHECKS.filter((check) => reasonOf(check) === 'pin')).toEqual(pins)
  expect((['modern-tls', 'chain', 'validity', 'hostname'] as const).map(reasonOf)).toEqual([
    'protocol',
    'chain',
    'validity',
    'hostname',
  ])
  expect(REASONS).toEqual(expect.arrayContaining(CHECKS.map(reasonOf)))
})

test("the lab's own hosts cannot exist outside", () => {
  expect(Object.values(HOSTS).filter((host) => !host.endsWith('.test'))).toEqual([])
})

describe('the measurement of an app', () => {
  async function app() {
    const path = await mkdtemp(join(tmpdir(), 'pinlab-app-'))
    await writeFile(join(path, 'a.ts'), 'one')
    await writeFile(join(path, 'b.ts'), 'two')
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
  }

  test('is the same wherever the app is installed', async () => {
    await using here = await app()
    await using there = await app()
    expect(await measureApp(here.path, 'pins')).toBe(await measureApp(there.path, 'pins'))
    expect(await measureApp(here.path, 'pins')).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([
    ['one byte', (path: string) => writeFile(join(path, 'a.ts'), 'onE')],
    ['a name', (path: string) => rename(join(path, 'a.ts'), join(path, 'c.ts'))],
    ['one file more', (path: string) => writeFile(join(path, 'c.ts'), '')],
    ['one file less', (path: string) => rm(join(path, 'b.ts'))],
    ['a copy in a folder', (path: string) => cp(join(path, 'a.ts'), join(path, 'd/a.ts'))],
  ])('changes with %s', async (_title, change) => {
    await using tampered = await app()
    const before = await measureApp(tampered.path, 'pins')
    await change(tampered.path)
    expect(await measureApp(tampered.path, 'pins')).not.toBe(before)
  })

  test('changes with the pins', async () => {
    await using same = await app()
    expect(await measureApp(same.path, 'pins')).not.toBe(await measureApp(same.path, "the attacker's pins"))
  })
})
