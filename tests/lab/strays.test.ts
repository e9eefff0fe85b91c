import { expect, test } from '@jest/globals'
import type { Run } from '#lab/result.ts'
import { type CopiedLab, copiedLab } from '../support/copied-lab.ts'

const client = (title: string, open: string) => `
  import { Agent } from 'node:https'
  import { askOver } from '../ask.ts'
  import { ownAgent } from '../own-agent.ts'
  import type { Client } from '../client.ts'
  export default {
    title: '${title}',
    deployment: 'ca-signed',
    checks: ['modern-tls', 'chain', 'validity', 'hostname'],
    open: (situation) => ${open},
  } satisfies Client
`

const CLIENTS = {
  'throws-when-over': client(
    'Goes, and throws in a timer that it has forgotten.',
    `{
      const one = askOver(situation, ownAgent(situation))
      return {
        get: one.get,
        close: async () => {
          await one.close()
          setImmediate(() => { throw new TypeError('late.x is not a function') })
        },
      }
    }`,
  ),
  'forgets-a-promise': client(
    'Waits for an answer in a promise that has failed already, and that nobody looks at.',
    `({
      get: () => {
        void (async () => { await 1; throw new RangeError('forgotten') })()
        return new Promise(() => {})
      },
      close: async () => {},
    })`,
  ),
  // As a program it would end at the first wrong pin, with nothing sent.
  'throws-in-its-check': client(
    'Throws at every certificate.',
    `askOver(situation, ownAgent(situation, { checkServerIdentity: () => { throw new Error('not mine') } }))`,
  ),
}

async function batteryOf(lab: CopiedLab, ...clients: readonly string[]) {
  const attacks = ['--attack', 'none', '--attack', 'trusted-authority']
  const { code, stdout, stderr } = await lab.run('battery', ...attacks, '--client', clients.join(','), '-r', 'json')
  if (stdout === '') throw new Error(`it ended with ${code}: ${stderr}`)
  const run: Run = JSON.parse(stdout)
  return { code, stderr, run, of: (id: string) => run.results.filter((result) => result.client === id) }
}

test('a client that throws where nobody listens ends its own visit, is named, and does not end the lab', async () => {
  const files = Object.entries(CLIENTS).map(([id, text]) => [`services/client/clients/${id}.ts`, text])
  await using lab = await copiedLab(Object.fromEntries(files))
  const { code, stderr, run, of } = await batteryOf(lab, 'unpinned', ...Object.keys(CLIENTS))

  expect(code).toBe(3)
  expect(of('unpinned')).toMatchObject([{ verdict: 'reached' }, { verdict: 'intercepted' }])

  // Its visits were over, and stand.
  expect(of('throws-when-over')).toMatchObject([{ verdict: 'reached' }, { verdict: 'intercepted' }])
  expect(stderr).toContain('CLIENT_CRASHED: throws-when-over threw')
  expect(stderr).toContain('TypeError: late.x is not a function')

  const crashed = { verdict: 'inconclusive', report: { outcome: 'broken', code: 'CLIENT_CRASHED' } }
  expect(of('forgets-a-promise')).toMatchObject([crashed, crashed])
  expect(stderr).toContain('CLIENT_CRASHED: forgets-a-promise threw')
  expect(run.results.every(({ report }) => (report?.ms ?? 0) < 20_000)).toBe(true)

  expect(of('throws-in-its-check')).toMatchObject([
    { ...crashed, evidence: { connections: [{ handshake: 'relayed' }] } },
    { ...crashed, evidence: { applicationBytes: 0, requests: [] } },
  ])
  expect(stderr).toContain('CLIENT_CRASHED: throws-in-its-check threw')
}, 60_000)

test('what no client has thrown still ends the lab', async () => {
  await using lab = await copiedLab({
    'services/client/clients/throws-at-home.ts': `${client('Is no visit.', '({})')}
      setTimeout(() => { throw new Error('nobody’s') }, 50)`,
  })
  const { code, stderr } = await lab.run('battery', '--client', 'unpinned')
  expect(code).toBe(1)
  expect(stderr).toContain('Error: nobody’s')
}, 60_000)
