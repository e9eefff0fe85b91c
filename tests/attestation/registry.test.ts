import { mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { fileRegistry } from '#attestation/registry.ts'
import { GENUINE, TAMPERED } from './service.ts'

const entry = (measurement: string) => ({ measurement, name: 'the app', registeredAt: '2026-01-02T03:04:05.000Z' })

async function withFile() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'registry-'))
  return { path: join(folder.path, 'registered.json'), [Symbol.asyncDispose]: () => folder.remove() }
}

test('without a file nobody is registered', async () => {
  await using file = await withFile()
  expect(await fileRegistry(file.path).has(GENUINE)).toBe(false)
})

test('an app is registered once, however often it is added', async () => {
  await using file = await withFile()
  const registry = fileRegistry(file.path)
  expect([await registry.add(entry(GENUINE)), await registry.add(entry(GENUINE))]).toEqual([true, false])
  expect(JSON.parse(await readFile(file.path, 'utf8'))).toEqual([entry(GENUINE)])
})

test('what another process registers or removes is noticed', async () => {
  await using file = await withFile()
  const [service, command] = [fileRegistry(file.path), fileRegistry(file.path)]
  const seen = [await service.has(GENUINE)]
  await command.add(entry(GENUINE))
  seen.push(await service.has(GENUINE))
  await command.remove(GENUINE)
  seen.push(await service.has(GENUINE))
  expect(seen).toEqual([false, true, false])
})

test('a file that is deleted registers nobody any more', async () => {
  await using file = await withFile()
  const registry = fileRegistry(file.path)
  await registry.add(entry(GENUINE))
  await rm(file.path)
  expect(await registry.has(GENUINE)).toBe(false)
})

test('removing an app leaves the others', async () => {
  await using file = await withFile()
  const registry = fileRegistry(file.path)
  await registry.add(entry(GENUINE))
  await registry.add(entry(TAMPERED))
  expect(await registry.remove(TAMPERED)).toBe(true)
  expect(await registry.remove(TAMPERED)).toBe(false)
  expect(await registry.list()).toEqual([entry(GENUINE)])
})

test.each([
  ['no JSON', '[{'],
  ['no list', '{}'],
  ['an entry without a measurement', '[{"name":"x","registeredAt":"2026-01-02T03:04:05.000Z"}]'],
])('%s in the file is named, and mended as soon as the file is', async (_what, content) => {
  await using file = await withFile()
  const registry = fileRegistry(file.path)
  await writeFile(file.path, content)
  await expect(registry.has(GENUINE)).rejects.toMatchObject({ code: 'REGISTRY_BROKEN' })
  await writeFile(file.path, JSON.stringify([entry(GENUINE)]))
  expect(await registry.has(GENUINE)).toBe(true)
})
