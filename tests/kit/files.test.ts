import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readTextFile, writeFileAtomically } from '#kit/files.ts'

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'pinlab-files-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('a file is written with its folders and its mode, and nothing else is left', async () => {
  await using temporary = await folder()
  const path = join(temporary.path, 'a/b/key.pem')
  await writeFileAtomically(path, 'secret', 0o600)
  expect(await readFile(path, 'utf8')).toBe('secret')
  expect(await readdir(join(temporary.path, 'a/b'))).toEqual(['key.pem'])
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a reader of a file that is written again and again sees one whole version or another', async () => {
  await using temporary = await folder()
  const path = join(temporary.path, 'cert.pem')
  const versions = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(200_000))
  await writeFileAtomically(path, versions[0] ?? '')
  const writing = Promise.all(versions.map((version) => writeFileAtomically(path, version)))
  const seen = await Promise.all(versions.map(() => readFile(path, 'utf8')))
  await writing
  expect(seen.filter((text) => !versions.includes(text))).toEqual([])
  expect(await readdir(temporary.path)).toEqual(['cert.pem'])
})

test('a file that cannot be written is named, and no temporary file stays', async () => {
  await using temporary = await folder()
  const path = join(temporary.path, 'taken')
  await mkdir(join(path, 'full'), { recursive: true })
  await expect(writeFileAtomically(path, 'x')).rejects.toMatchObject({
    code: 'CANNOT_WRITE',
    message: expect.stringContaining(path),
  })
  expect(await readdir(temporary.path)).toEqual(['taken'])
})

test('a path through a file cannot be written', async () => {
  await using temporary = await folder()
  await writeFile(join(temporary.path, 'file'), '')
  await expect(writeFileAtomically(join(temporary.path, 'file/x'), 'x')).rejects.toMatchObject({ code: 'CANNOT_WRITE' })
})

test('a file that is not there is named in words, with the hint', async () => {
  await using temporary = await folder()
  await expect(readTextFile(join(temporary.path, 'pins.json'), 'the pins', 'npm run certs')).rejects.toMatchObject({
    code: 'CANNOT_READ',
    message: expect.stringMatching(/^cannot read the pins from .*pins\.json: there is no such file$/),
    hint: 'npm run certs',
  })
})

test('a folder in place of a file is named with the reason', async () => {
  await using temporary = await folder()
  await expect(readTextFile(temporary.path, 'the pins')).rejects.toMatchObject({
    code: 'CANNOT_READ',
    message: expect.stringMatching(/: it is a folder$/),
    hint: undefined,
  })
})
