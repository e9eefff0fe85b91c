import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { createAuthority } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { createWorldFiles } from '#client/external/world.ts'

let one: string
let other: string
beforeAll(async () => {
  const validity = lasting(new Date(), 30)
  const root = async (name: string) => (await createAuthority({ name, validity })).chain
  ;[one, other] = await Promise.all([root('One'), root('Other')])
})

test('each file is made once, also when many ask side by side', async () => {
  await using files = await createWorldFiles()
  const kinds = ['ca', 'pkcs12', 'jks', 'folder'] as const
  for (const kind of kinds) {
    const paths = await Promise.all(Array.from({ length: 20 }, () => files[kind]([one, other])))
    const path = paths[0] ?? ''
    expect(new Set(paths)).toEqual(new Set([path]))
    const before = await stat(path)
    expect(await files[kind]([one, other])).toBe(path)
    expect((await stat(path)).ctimeMs).toBe(before.ctimeMs)
  }
  expect(await readdir(dirname(await files.ca([one, other])))).toHaveLength(kinds.length)
})

test('another world has other files', async () => {
  await using files = await createWorldFiles()
  expect(await files.pkcs12([one])).not.toBe(await files.pkcs12([one, other]))
  expect(await readFile(await files.ca([one]), 'utf8')).toBe(one)
  expect(await readFile(await files.ca([other, one]), 'utf8')).toBe(`${other}${one}`)
  expect(await readdir(await files.folder([one]))).toHaveLength(1)
})

test('a world in which nobody is trusted has its files too', async () => {
  await using files = await createWorldFiles()
  expect(await readdir(await files.folder([]))).toEqual([])
  expect((await readFile(await files.jks([]))).length).toBe(12 + 20)
})

test('nothing is left of it, not of what is still being made either', async () => {
  const files = await createWorldFiles()
  const folder = dirname(await files.ca([one]))
  const late = [files.pkcs12([one]), files.jks([one]), files.folder([one]), files.certificate(other)]
  await files[Symbol.asyncDispose]()
  expect(existsSync(folder)).toBe(false)
  expect(new Set((await Promise.all(late)).map((path) => dirname(path)))).toEqual(new Set([folder]))
})

test('what a program leaves running in a group of its own ends with the folder that it was told of', async () => {
  const files = await createWorldFiles()
  const ca = await files.ca([])
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e3)'], {
    ...{ env: { LAB_CA: ca }, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  await files[Symbol.asyncDispose]()
  if (process.platform !== 'linux') child.kill('SIGKILL')
  expect(await ended).toEqual([null, 'SIGKILL'])
})
