import { watch } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { pinOfKey } from '#certs/key.ts'
import { generate } from '#certs/workshop.ts'
import { createLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { startProxy } from '#proxy/proxy.ts'
import { look } from '../proxy/look.ts'
import { whole, withProxy } from '../proxy/world.ts'
import { emptyWorkshop } from './bench.ts'
import { ageOf, asProxySettings, certs, complaintsAfterMending, pairsIn, statesOf } from './killing.ts'

// Windows has no links that everybody may make, and there a pair is renamed file by file.
const posixTest = process.platform === 'win32' ? test.skip : test
const LIMIT = 120_000
/** Of the states that a kill may leave, so many are mended too: a lock that nobody holds is waited for by all of them together. */
const EVERY = 8

posixTest(
  'whenever a renewal is killed, both pairs are the old ones or both the new ones, and the next command mends the rest',
  async () => {
    await using workshop = await generated()
    await Promise.all(['--same-key', '--backup-key', '--new-key'].map((how) => renewAndLookBack(workshop.folder, how)))
  },
  LIMIT,
)

async function renewAndLookBack(of: string, how: string): Promise<void> {
  await using copy = await copyOf(of)
  const before = await pairsIn(copy.folder)
  const backup = await readFile(join(copy.folder, 'authority/api-backup-key.pem'), 'utf8')
  await using ran = await statesOf(copy.folder, ['renew', how])
  const seen = await Promise.all(
    ran.states.map(async ({ step, folder }) => {
      const pairs = await pairsIn(folder)
      await asProxySettings(folder).config()
      const kept = [await readFile(join(folder, 'authority/api-backup-key.pem'), 'utf8'), pairs.caSigned.key]
      return { step, age: ageOf(pairs, before), hasBackup: kept.includes(backup) }
    }),
  )
  expect(seen.filter(({ age }) => age !== 'old' && age !== 'new')).toEqual([])
  // At one moment, and never back.
  expect(seen.map(({ age }) => age).join(' ')).toMatch(/^(old ){10,}(new ?){10,}$/)
  // Apps hold its pin already: it waits, or has come into use.
  expect(seen.filter(({ hasBackup }) => !hasBackup)).toEqual([])
  const some = ran.states.filter((_, nth) => nth % EVERY === 0)
  const complaints = await Promise.all(some.map(({ folder }) => complaintsAfterMending(folder)))
  expect(complaints.flat()).toEqual([])
}

posixTest(
  'whenever the first npm run certs is killed, the next one makes what is missing, and the proxy starts',
  async () => {
    await using workshop = await emptyWorkshop()
    await using ran = await statesOf(workshop.folder, [])
    expect(ran.states.length).toBeGreaterThan(5 * EVERY)
    const some = ran.states.filter((_, nth) => nth % (2 * EVERY) === 0)
    const complaints = await Promise.all(some.map(({ folder: state }) => complaintsAfterMending(state)))
    expect(complaints.flat()).toEqual([])
  },
  LIMIT,
)

/** Steps of a renewal at which it is killed in earnest, and which pairs it leaves. The same link is laid first, and turned later. */
const MOMENTS = [
  { when: 'the lock does not say yet whose it is', step: /^writeFile/, nth: 0, age: 'old' },
  { when: 'the links are half laid', step: /^renameSync proxy.cert.pem.0{12}.tmp/, nth: -1, age: 'old' },
  { when: 'the link is about to turn', step: /^renameSync proxy..shown.0{12}.tmp/, nth: -1, age: 'old' },
  { when: 'it has turned', step: /^renameSync proxy..shown.cert.pem/, nth: -1, age: 'new' },
  { when: 'all is done but the lock', step: /^rm authority..lock/, nth: -1, age: 'new' },
] as const

let known: Promise<readonly string[]> | undefined
/** Of `renew --new-key`, as they come. */
function stepsOfRenewal(of: string): Promise<readonly string[]> {
  const look = async () => {
    await using copy = await copyOf(of)
    await using ran = await statesOf(copy.folder, ['renew', '--new-key'])
    return ran.steps
  }
  known ??= look()
  return known
}

/** Counted from 1. */
function stepAt(steps: readonly string[], { when, step, nth }: (typeof MOMENTS)[number]): number {
  const at = steps.flatMap((name, index) => (step.test(name) ? [index + 1] : [])).at(nth)
  if (at === undefined) throw new Error(`there is no step at which ${when}`)
  return at
}

posixTest(
  'a renewal that is killed is no hindrance: the pairs are whole, the proxy starts, and the next command passes the lock',
  async () => {
    await using workshop = await generated()
    const before = await pairsIn(workshop.folder)
    const steps = await stepsOfRenewal(workshop.folder)
    const kills = MOMENTS.map(async (moment) => {
      const { code, pairs, complaints } = await killOnce(workshop, stepAt(steps, moment))
      return { when: moment.when, code, age: ageOf(pairs, before), complaints }
    })
    // From outside, as soon as something happens in the proxy's folder; it may come too late.
    const outside = await killOnce(workshop)
    expect(await Promise.all(kills)).toEqual(
      MOMENTS.map(({ when, age }) => ({ when, code: 'SIGKILL', age, complaints: [] })),
    )
    expect(['old', 'new']).toContain(ageOf(outside.pairs, before))
    expect(outside.complaints).toEqual([])
  },
  LIMIT,
)

async function killOnce(of: Awaited<ReturnType<typeof generated>>, step = 0) {
  await using copy = await copyOf(of.folder)
  const { folder } = copy
  const renewal = certs(folder, ['renew', '--new-key'], { KILL_AT: String(step) })
  using _ = whenTouched(join(folder, 'proxy'), () => step === 0 && renewal.child.kill('SIGKILL'))
  const { code } = await renewal.ended
  const pairs = await pairsIn(folder)
  const log = createLog({ name: 'proxy', level: 'silent' })
  await using proxy = await startProxy(await asProxySettings(folder).config(), { log, now: () => new Date() })
  expect(await look({ material: of.material, port: proxy.port })).toHaveProperty('pin', pinOfKey(pairs.caSigned.key))
  return { code, pairs, complaints: await complaintsAfterMending(folder) }
}

function whenTouched(folder: string, act: () => void): Disposable {
  const watcher = watch(folder, act)
  return { [Symbol.dispose]: () => watcher.close() }
}

posixTest(
  'a proxy that runs meanwhile answers throughout, and shows what the next renewal makes',
  async () => {
    await using workshop = await generated()
    const { folder, material } = workshop
    const steps = await stepsOfRenewal(folder)
    const { identities } = await asProxySettings(folder).config()
    await using world = await withProxy({ material, config: { identities } })
    let over = false
    const answers: number[] = []
    const asking = (async () => {
      // Whoever made the leaf: the authority is the same throughout.
      const ask = async () => whole(await world.ask('/apod.nasa.gov/x', { servername: HOSTS.api }))
      while (!over) answers.push((await ask()).status)
    })()
    const killed = certs(folder, ['renew', '--new-key'], { KILL_AT: String(stepAt(steps, MOMENTS[1])) })
    expect((await killed.ended).code).toBe('SIGKILL')
    expect((await certs(folder, ['renew', '--new-key']).ended).code).toBe(0)
    const { caSigned } = await pairsIn(folder)
    while ((await look({ material, port: world.proxy.port })).pin !== pinOfKey(caSigned.key));
    over = true
    await asking
    expect(answers.length).toBeGreaterThan(10)
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([])
  },
  LIMIT,
)

async function generated() {
  const workshop = await emptyWorkshop({ now: () => new Date() })
  return { ...workshop, ...(await generate(workshop)) }
}

async function copyOf(folder: string) {
  const path = await mkdtemp(join(tmpdir(), 'pinlab-copy-'))
  await cp(folder, join(path, 'generated'), { recursive: true })
  return { folder: join(path, 'generated'), [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
