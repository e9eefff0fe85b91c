import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import type { Credentials } from '#certs/credentials.ts'
import { ownProcess } from '#client/own-process.ts'
import { openVisit } from '#client/run.ts'
import { HOSTS } from '#kit/names.ts'
import { createProcesses } from '#lab/stages/processes.ts'
import { APOD, type Api, attest, startApi, type World, withMaterial } from './world.ts'

let world: World
let genuine: Api
let forged: Credentials
beforeAll(async () => {
  world = await withMaterial()
  genuine = await startApi(world.material.proxyCaSigned)
  const signedBy = world.material.attacker.trustedAuthority
  forged = await issue({ names: [HOSTS.api], validity: lasting(new Date(), 1), signedBy })
})
afterAll(() => genuine?.close())

test('a visit in an own process asks the same, sends the same token and reports the same as one here', async () => {
  await using process = ownProcess({})
  const client = world.client('pinned-key')
  const situation = world.situation(genuine.port)
  const before = genuine.requests.length
  const reports = []
  for (const open of [openVisit, process.openVisit]) {
    const visit = open(client, situation, { attest })
    reports.push(await visit.look())
    await visit.close()
  }
  const [here, there] = reports.map((report) => ({ ...report, ms: 0 }))
  expect(there).toEqual(here)
  expect(there).toMatchObject({ outcome: 'accepted', picture: { title: APOD.title } })
  const requests = genuine.requests.slice(before).map(({ path, headers }) => [path, headers['approov-token']])
  expect(requests).toHaveLength(4)
  expect(requests.slice(2)).toEqual(requests.slice(0, 2))
})

test('a client takes its steps there one after the other, over what it has opened', async () => {
  await using process = ownProcess({})
  const situation = world.situation(genuine.port)
  const visit = process.openVisit(world.client('pinned-key'), situation, { attest })
  expect(await visit.glance(`${situation.origin}/healthz`)).toMatchObject({ outcome: 'accepted', status: 200 })
  expect(await visit.renewPins(situation.shipped.pins)).toBeUndefined()
  expect(await visit.look()).toMatchObject({ outcome: 'accepted', status: 200 })
  const backup = situation.shipped.pins.map(({ host, pins }) => ({ host, pins: pins.slice(1) }))
  expect(await visit.renewPins(backup)).toBeUndefined()
  expect(await visit.look()).toMatchObject({ outcome: 'refused', reason: 'pin' })
  await visit.close()
})

test.each<readonly [client: string, environment: 'no-verification' | 'extra-authority']>([
  ['env-reject-unauthorized', 'no-verification'],
  ['honours-extra-authorities', 'extra-authority'],
])(
  '%s is fooled where the environment is %s, and stands in this process and in an honest one',
  async (id, environment) => {
    await using opened = new AsyncDisposableStack()
    const processes = createProcesses({ authority: world.material.attacker.trustedAuthority.chain }, opened)
    await using attacker = await startApi(forged)
    const lookIn = async (where: Parameters<typeof processes.of>[0]) => {
      const visit = (await processes.of(where))(world.client(id), world.situation(attacker.port), { attest })
      const report = await visit.look()
      await visit.close()
      return report
    }
    for (const where of [undefined, 'honest'] as const) {
      expect(await lookIn(where)).toMatchObject({ outcome: 'refused', reason: 'chain' })
    }
    expect(attacker.seen.bytes).toBe(0)
    expect(await lookIn(environment)).toMatchObject({ outcome: 'accepted', status: 200 })
    expect(attacker.requests[0]?.headers['approov-token']).toBe(await attest())
  },
)

test('a token that cannot be had is told as here', async () => {
  await using process = ownProcess({})
  const visit = process.openVisit(world.client('unpinned'), world.situation(genuine.port), {
    attest: () => Promise.reject(new Error('nobody there')),
  })
  expect(await visit.look()).toMatchObject({ outcome: 'broken', code: 'CLIENT_UNATTESTED' })
  await visit.close()
})

test('the authority lies in a file that only its owner can read, and nothing is left of it or of the process', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'own-process-'))
  const opened = new AsyncDisposableStack()
  const processes = createProcesses({ authority: forged.chain, temporary: temporary.path }, opened)
  await processes.of('honest')
  expect(await readdir(temporary.path)).toEqual([])
  await processes.of('extra-authority')
  const [folder = ''] = await readdir(temporary.path)
  const found = await stat(join(temporary.path, folder, 'extra-authority.pem'))
  expect(found.mode & 0o777).toBe(0o600)
  await opened.disposeAsync()
  expect(await readdir(temporary.path)).toEqual([])
})

/** Whether there is such a process. */
function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the process is one for all visits, out of Ctrl-C’s reach, and gone once it is closed', async () => {
  const own = ownProcess({})
  const look = async () => {
    const visit = own.openVisit(world.client('unpinned'), world.situation(genuine.port), { attest })
    const report = await visit.look()
    await visit.close()
    return report
  }
  expect(own.pid()).toBeUndefined()
  expect(await look()).toMatchObject({ outcome: 'accepted' })
  const pid = own.pid() ?? 0
  expect(runs(pid)).toBe(true)
  // It leads a group of its own, and a terminal signals its own group only.
  expect(process.kill(-pid, 0)).toBe(true)
  expect(await look()).toMatchObject({ outcome: 'accepted' })
  expect(own.pid()).toBe(pid)
  await own.close()
  expect(runs(pid)).toBe(false)
})

test('a process that ends in the middle breaks the visit, and the next visit begins another', async () => {
  await using own = ownProcess({})
  const asked = Promise.withResolvers<void>()
  await using silent = await startApi(world.material.proxyCaSigned, () => asked.resolve())
  const visit = own.openVisit(world.client('unpinned'), world.situation(silent.port), { attest })
  const looking = visit.look()
  await asked.promise
  const pid = own.pid() ?? 0
  process.kill(pid, 'SIGKILL')
  expect(await looking).toMatchObject({ outcome: 'broken', code: 'CLIENT_CRASHED' })
  await visit.close()
  const next = own.openVisit(world.client('unpinned'), world.situation(genuine.port), { attest })
  expect(await next.look()).toMatchObject({ outcome: 'accepted' })
  expect(own.pid()).not.toBe(pid)
  await next.close()
})

test('it ends with whoever began it, however that ends', async () => {
  const script = fileURLToPath(new URL('begins-own-process.ts', import.meta.url))
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: parent.stdout })
  const [line]: string[] = await once(lines, 'line')
  const pid = Number(line)
  expect(runs(pid)).toBe(true)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  while (runs(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
})
