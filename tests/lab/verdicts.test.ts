import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Answer, Client, OpenClient, Situation } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { battery } from '#lab/battery.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { judge, type Verdict } from '#lab/judge.ts'
import type { HomeStage, Played } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import checkInResponse from '../../services/client/clients/check-in-response.ts'
import pinnedKey from '../../services/client/clients/pinned-key.ts'
import unpinned from '../../services/client/clients/unpinned.ts'
import { PROMPTLY } from '../support/promptly.ts'

/*
 * One client made by hand for each verdict, and for each way of proving nothing. All are played for real: what the client
 * says and what the attacker saw are both asserted, and then what the judge makes of the two.
 */

type Made = (situation: Situation) => OpenClient | Promise<OpenClient>

const closed = async () => {}
const refuses = (code: string) => Object.assign(new Error(`${code}, as I say`), { code })
const asking =
  (get: OpenClient['get']): Made =>
  () => ({ get, close: closed })

const INVENTED = { date: '2017-01-01', title: 'An invention', explanation: 'Never seen.', media_type: 'other' }
const invented = async (): Promise<Answer> => ({
  status: 200,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(INVENTED)),
})

/** TCP, and not a byte of TLS. */
async function reachOnly({ origin }: Situation): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(origin).port) })
  await once(socket, 'connect')
  socket.destroy()
}

/** A whole handshake, and not a byte inside. */
async function shakeHands({ origin, deviceAuthorities }: Situation): Promise<void> {
  const { hostname, port } = new URL(origin)
  const ca = [...deviceAuthorities]
  const socket = connectTls({ host: '127.0.0.1', port: Number(port), servername: hostname, ca })
  await once(socket, 'secureConnect')
  socket.destroy()
}

const after =
  (first: (situation: Situation) => Promise<void>, then: OpenClient['get']): Made =>
  (situation) => ({
    get: async (path, headers) => {
      await first(situation)
      return then(path, headers)
    },
    close: closed,
  })

const MADE = {
  sound: pinnedKey.open,
  fooled: unpinned.open,
  late: checkInResponse.open,
  'crashes when opened': () => {
    throw new TypeError('x is not a function')
  },
  'crashes when asked': asking(() => Promise.reject(new TypeError('x is not a function'))),
  'rejects with nothing': asking(() => Promise.reject(undefined)),
  'rejects with what has no text': asking(() => Promise.reject(Object.create(null))),
  'rejects with what throws when looked at': asking(() =>
    Promise.reject({
      get code() {
        throw new Error('gotcha')
      },
    }),
  ),
  'answers nothing': asking(async () => undefined as never),
  'opens to nothing': () => undefined as never,
  'hangs when opened': () => new Promise<never>(() => {}),
  'hangs when asked': asking(() => new Promise<never>(() => {})),
  'hangs after TCP': after(reachOnly, () => new Promise<never>(() => {})),
  'never connects': asking(() => Promise.reject(refuses('ENOTFOUND'))),
  'says that it refused and never connects': asking(() => Promise.reject(refuses('PIN_MISMATCH'))),
  'says that it refused and never shook hands': after(reachOnly, () => Promise.reject(refuses('PIN_MISMATCH'))),
  'invents a picture': asking(invented),
  'invents a picture after TCP': after(reachOnly, invented),
  'invents a picture after a handshake': after(shakeHands, invented),
  'shuns every host': asking(() => Promise.reject(refuses('HOST_NOT_PINNED'))),
} satisfies Record<string, Made>

type Name = keyof typeof MADE

const CLIENTS = new Map(
  Object.entries(MADE).map(([id, open]): [string, Entry<Client>] => [
    id,
    { id, title: `It ${id}.`, deployment: 'ca-signed', checks: ['modern-tls', 'chain', 'validity', 'hostname'], open },
  ]),
)

/** ms; a sound visit takes a hundredth of it */
const PATIENCE = 1_500

let catalogues: Catalogues
let stage: HomeStage
beforeAll(async () => {
  catalogues = await loadCatalogues()
  stage = await embeddedStage({ clients: CLIENTS, now: () => new Date(), timeout: PATIENCE })
  // The first byte of plaintext waits for the recorder, and PATIENCE is for clients.
  await play('trusted-authority', 'fooled')
}, 30_000)
afterAll(() => stage?.close())

async function play(attack: string, client: Name): Promise<Played & { readonly verdict: Verdict }> {
  const found = catalogues.attacks.get(attack)
  if (!found) throw new Error(`there is no attack '${attack}'`)
  const played = await stage.play({ attack: found, client: { id: client, deployment: 'ca-signed' }, road: 'takeover' })
  return { ...played, verdict: judge(played.report, played.evidence) }
}

test('reached: a relay passed the genuine picture on, and read nothing of it', async () => {
  const { report, evidence, verdict } = await play('none', 'fooled')
  expect(report).toMatchObject({ outcome: 'accepted', status: 200, picture: { image: { contentType: 'image/jpeg' } } })
  expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'relayed' }] })
  expect(verdict.verdict).toBe('reached')
})

test('blocked: the client refuses by its pin, and not a byte arrived', async () => {
  const { report, evidence, verdict } = await play('trusted-authority', 'sound')
  expect(report).toMatchObject({ outcome: 'refused', code: 'PIN_MISMATCH' })
  expect(evidence).toMatchObject({ applicationBytes: 0, requests: [] })
  expect(evidence.connections).toHaveLength(1)
  expect(verdict).toMatchObject({ verdict: 'blocked', reason: 'pin' })
})

test('leaked: the same words from a client whose token is gone', async () => {
  const { report, evidence, verdict } = await play('trusted-authority', 'late')
  expect(report).toMatchObject({ outcome: 'refused', reason: 'pin', code: 'PIN_MISMATCH' })
  expect(evidence.applicationBytes).toBeGreaterThan(100)
  expect(evidence.token).toMatch(/^eyJ/)
  expect(verdict).toEqual({ verdict: 'leaked', why: expect.stringContaining(`${evidence.applicationBytes} bytes`) })
})

test('intercepted: the client shows what the attacker made of it', async () => {
  const { report, evidence, verdict } = await play('trusted-authority', 'fooled')
  expect(report).toMatchObject({
    outcome: 'accepted',
    picture: { title: evidence.requests[0]?.altered?.title },
  })
  expect(evidence.token).toMatch(/^eyJ/)
  expect(verdict.verdict).toBe('intercepted')
})

describe('inconclusive: a client proves nothing that', () => {
  test.each<readonly [Name, code: string]>([
    ['crashes when opened', 'CLIENT_BROKE'],
    ['crashes when asked', 'CLIENT_BROKE'],
    ['rejects with nothing', 'CLIENT_BROKE'],
    ['rejects with what has no text', 'CLIENT_BROKE'],
    ['rejects with what throws when looked at', 'CLIENT_BROKE'],
    ['answers nothing', 'CLIENT_BROKE'],
    ['opens to nothing', 'CLIENT_BROKE'],
    ['hangs when opened', 'CLIENT_TIMED_OUT'],
    ['hangs when asked', 'CLIENT_TIMED_OUT'],
    ['never connects', 'ENOTFOUND'],
    ['says that it refused and never connects', 'PIN_MISMATCH'],
  ])('%s', async (client, code) => {
    const { report, evidence, verdict } = await play('trusted-authority', client)
    expect(report).toMatchObject({ code })
    expect(evidence).toMatchObject({ applicationBytes: 0, connections: [] })
    expect(verdict).toEqual({ verdict: 'inconclusive', why: expect.stringContaining(code) })
  })

  test.each<readonly [Name, code: string]>([
    ['hangs after TCP', 'CLIENT_TIMED_OUT'],
    ['says that it refused and never shook hands', 'PIN_MISMATCH'],
  ])('%s', async (client, code) => {
    const { report, evidence, verdict } = await play('trusted-authority', client)
    expect(report).toMatchObject({ code })
    expect(evidence).toMatchObject({ applicationBytes: 0, connections: [{ handshake: 'connect-only' }] })
    expect(verdict).toEqual({ verdict: 'inconclusive', why: expect.stringContaining(code) })
  })

  test.each<readonly [attack: string, Name]>([
    ['none', 'invents a picture'],
    ['none', 'invents a picture after TCP'],
    ['trusted-authority', 'invents a picture'],
    ['trusted-authority', 'invents a picture after TCP'],
    ['trusted-authority', 'invents a picture after a handshake'],
  ])('in %s %s', async (attack, client) => {
    const { report, evidence, verdict } = await play(attack, client)
    expect(report).toMatchObject({ outcome: 'accepted', status: 200, picture: { title: INVENTED.title } })
    expect(evidence.applicationBytes).toBe(0)
    expect(verdict).toEqual({ verdict: 'inconclusive', why: expect.stringContaining(INVENTED.title) })
  })

  test('says of every host that it may not go there: its control shows it', async () => {
    const client = CLIENTS.get('shuns every host')
    const attacks = ['none', 'trusted-authority'].flatMap((id) => catalogues.attacks.get(id) ?? [])
    const run = await battery(stage, {
      ...{ attacks, clients: client ? [client] : [], road: 'takeover', jobs: 2, versions: {} },
      now: () => new Date(),
    })
    expect(run.results).toMatchObject([
      { attack: 'none', verdict: 'blocked', reason: 'policy', surprise: true },
      { attack: 'trusted-authority', verdict: 'inconclusive', surprise: true },
    ])
    expect(run.clients).toMatchObject([{ standing: 'inconclusive' }])
  })
})

test('a client that hangs holds nobody up', async () => {
  const hanging = play('trusted-authority', 'hangs when asked')
  const sound = play('trusted-authority', 'sound')
  const first = await Promise.race([hanging.then(() => 'hanging'), sound.then(() => 'sound'), delay(PATIENCE, 'none')])
  expect(first).toBe('sound')
  expect((await hanging).report.ms).toBeLessThan(PATIENCE + PROMPTLY)
})
