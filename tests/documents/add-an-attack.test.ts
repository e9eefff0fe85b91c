import { cp, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type CopiedLab, copiedLab } from '../support/copied-lab.ts'
import { readText, root } from '../support/documents.ts'
import { type Ended, start } from '../support/program.ts'

const PAGE = readText('docs/add-an-attack.md')
const ID = 'no-extended-key-usage'

/** What the page tells to write, and what to type, in the order in which it is told. */
const written = [...PAGE.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```/gm)].map(([, path = '', text = '']) => ({
  path,
  text,
}))
const typed = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, text = '']) => text.trim().split('\n'))

let lab: CopiedLab
const ends: Ended[] = []

beforeAll(async () => {
  lab = await copiedLab(
    Object.fromEntries(written.filter(({ path }) => path.startsWith('mitm/')).map((one) => [one.path, one.text])),
  )
  for (const part of ['tests', 'docs', 'package-lock.json', 'tsconfig.json', 'jest.config.json', '.npmrc']) {
    await cp(join(root, part), join(lab.folder, part), { recursive: true })
  }
  for (const { path, text } of written) await writeFile(join(lab.folder, path), text)
  await joinTheOthers()
  const { NODE_OPTIONS: _, ...env } = process.env
  // By the Node that runs this: npm would take the first of the PATH, which is the user's to choose.
  const PATH = `${dirname(process.execPath)}:${env.PATH}`
  for (const line of typed) {
    const [command = '', ...args] = line.split(' ')
    ends.push(await start(command, args, { cwd: lab.folder, env: { ...env, PATH, NO_COLOR: '1' } }).ended)
  }
}, 120_000)
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]()
})

/** "by one import and one `...USAGE`" */
async function joinTheOthers(): Promise<void> {
  const path = join(lab.folder, 'tests/expectations/all.ts')
  const before = await readFile(path, 'utf8')
  const after = `import { USAGE } from './usage.ts'\n${before.replace('...SHAPE', '...SHAPE, ...USAGE')}`
  expect(after).toContain('...USAGE')
  await writeFile(path, after)
}

test('the page is a short one, and tells two files and four commands', () => {
  expect(PAGE.split('\n').length).toBeLessThan(60)
  expect(written.map(({ path }) => path)).toEqual([`mitm/attacks/${ID}.ts`, 'tests/expectations/usage.ts'])
  expect(typed).toHaveLength(4)
})

test('the lesson shows the new attack with its chain', () => {
  expect(ends[0]).toMatchObject({ code: 0, stdout: expect.stringContaining('does not say what for') })
  expect(ends[0]?.stdout).toContain('CN=api.lab.test')
})

test('the battery plays it against every client without a surprise', () => {
  expect(ends[1]).toMatchObject({ code: 0, stdout: expect.stringContaining(ID) })
})

test('its page is made', async () => {
  expect(ends[2]).toMatchObject({ code: 0 })
  expect(await readFile(join(lab.folder, 'docs/attacks.md'), 'utf8')).toContain(`### ${ID}`)
})

test('the checks pass with the row written by hand', () => {
  expect(ends[3]).toMatchObject({ code: 0, stderr: expect.stringMatching(/Tests:\s+\d+ passed/) })
})
