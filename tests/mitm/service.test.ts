import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type BackstageDoor, callBackstage, createBackstage } from '#kit/backstage.ts'
import { type Listening, listen } from '#kit/listen.ts'
import { Secret } from '#kit/secret.ts'
import { attackerBackstage } from '#mitm/backstage.ts'
import { attackerConfig } from '#mitm/config.ts'
import { ownLoot } from '#mitm/loot.ts'
import { remoteAttacker } from '#mitm/remote-attacker.ts'
import { standingRelay } from '#mitm/standing-relay.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { ask, HOST, PICTURE, refusal, TOKEN, type World, world } from './world.ts'

let lab: World
let folder: string
let control: Listening
let door: BackstageDoor
beforeAll(async () => {
  lab = await world()
  folder = await mkdtemp(join(tmpdir(), 'attacker-'))
  const { trustedAuthority, otherHost } = lab.material.attacker
  await writeFile(join(folder, 'trusted-authority.pem'), trustedAuthority.chain)
  await writeFile(join(folder, 'trusted-authority-key.pem'), trustedAuthority.key)
  await writeFile(join(folder, 'other-host.pem'), otherHost.chain)
  await writeFile(join(folder, 'other-host-key.pem'), otherHost.key)
  await writeFile(join(folder, 'backstage-token'), 'a-token-of-the-labs\n')
  const token = new Secret('a-token-of-the-labs')
  const routes = attackerBackstage(lab.attacker, () => ownLoot(folder))
  control = await listen(createBackstage(routes, token), { what: 'the control port' })
  door = { url: `http://127.0.0.1:${control.port}`, token }
})
afterAll(async () => {
  await control.close()
  await lab[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test.each(['trusted-authority', 'other-host'])(
  'through the control port, %s works with what the attacker owns itself',
  async (attack) => {
    await using remote = remoteAttacker(door)
    const { play, port } = await remote.arm(lab.order({ attack, loot: {} }))
    const told = await ask(port, { rejectUnauthorized: false })
    const evidence = await remote.evidence(play)
    expect(JSON.parse(String(told.body)).title).toBe(`INTERCEPTED: ${PICTURE.title}`)
    expect(evidence).toMatchObject({ token: TOKEN, requests: [{ altered: { what: 'json' } }] })
  },
)

test('a stolen key arrives with the order', async () => {
  await using remote = remoteAttacker(door)
  const order = lab.order({ attack: 'stolen-key', loot: {} })
  expect(await refusal(remote.arm(order))).toBe('LOOT_MISSING')
  const stolen = { ...order, loot: { stolenKeys: { [HOST]: lab.material.proxyCaSigned.key } } }
  await expect(remote.arm(stolen)).resolves.toHaveProperty('port')
})

test('closing a remote attacker closes the plays that nobody asked about, and leaves the attacker', async () => {
  const remote = remoteAttacker(door)
  const { port } = await remote.arm(lab.order({ attack: 'none' }))
  await remote.close()
  expect(await refusal(ask(port))).toBe('ECONNREFUSED')
  await expect(lab.attacker.arm(lab.order({ attack: 'none' }))).resolves.toHaveProperty('port')
})

test.each([
  ['nothing', {}],
  ['another road', { attack: 'none', road: 'sea', host: HOST, upstream: { host: 'a', port: 1 }, loot: {} }],
  [
    'a port out of range',
    { attack: 'none', road: 'proxy', host: HOST, upstream: { host: 'a', port: 70000 }, loot: {} },
  ],
  [
    'loot of an unknown kind',
    { attack: 'none', road: 'proxy', host: HOST, upstream: { host: 'a', port: 1 }, loot: { gold: 1 } },
  ],
])('an order with %s is refused', async (_what, order) => {
  expect(await refusal(callBackstage(door, '/arm', order))).toBe('BACKSTAGE_INVALID')
})

test('without the lab’s token the attacker obeys nobody', async () => {
  const stranger = { ...door, token: new Secret('a-token-of-anybodys') }
  expect(await refusal(remoteAttacker(stranger).arm(lab.order({ attack: 'none' })))).toBe('BACKSTAGE_DENIED')
})

test('half a pair is no loot', async () => {
  const half = await mkdtemp(join(tmpdir(), 'attacker-'))
  await writeFile(join(half, 'other-host.pem'), lab.material.attacker.otherHost.chain)
  const loot = await ownLoot(half)
  await rm(half, { recursive: true })
  expect(loot).toEqual({})
})

test('a standing relay passes bytes on without a play', async () => {
  await using upstream = await listen(
    createServer((socket) => socket.end('from the attestation service')),
    { what: 'a service' },
  )
  await using relay = await standingRelay({ listenHost: '127.0.0.1', port: 0, upstream })
  const { connect } = await import('node:net')
  expect(await text(connect(relay.port, '127.0.0.1'))).toBe('from the attestation service')
})

test('all settings are read, and all wrong ones are named together', () => {
  const env = {
    ATTACKER_HOST: '0.0.0.0',
    ATTACKER_LOG_LEVEL: 'debug',
    ATTACKER_FOLDER: '/loot',
    ATTACKER_BACKSTAGE_HOST: '10.0.0.1',
    ATTACKER_BACKSTAGE_PORT: '1234',
    ATTACKER_RELAYS: '8444=attestation:8444, 53=[::1]:5353',
    ATTACKER_PUBLIC: 'on',
    ATTACKER_REACHES: 'neighbours, api.example.test',
  }
  expect(attackerConfig(env)).toEqual({
    host: '0.0.0.0',
    public: true,
    reaches: ['neighbours', 'api.example.test'],
    logLevel: 'debug',
    folder: '/loot',
    backstage: { host: '10.0.0.1', port: 1234, tokenFile: join('/loot', 'backstage-token') },
    relays: [
      { port: 8444, upstream: { host: 'attestation', port: 8444 } },
      { port: 53, upstream: { host: '::1', port: 5353 } },
    ],
  })
  expect(attackerConfig({ ATTACKER_BACKSTAGE_TOKEN_FILE: '/t' }).backstage.tokenFile).toBe('/t')
  const wrong = { ATTACKER_RELAYS: '8444', ATTACKER_BACKSTAGE_PORT: 'x', ATTACKER_HOSTT: 'y' }
  expect(() => attackerConfig(wrong)).toThrow(
    expect.objectContaining({
      code: 'SETTINGS_INVALID',
      details: [
        'ATTACKER_HOSTT is not a setting: did you mean ATTACKER_HOST?',
        expect.stringContaining('ATTACKER_BACKSTAGE_PORT'),
        expect.stringContaining('ATTACKER_RELAYS'),
      ],
    }),
  )
})

const MAIN = fileURLToPath(new URL('../../mitm/main.ts', import.meta.url))
const run = (args: string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, [MAIN, ...args], { env: { PATH: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })

test('the service answers its control port, and ends with 0 within two seconds of SIGTERM', async () => {
  const child = run([], { ATTACKER_FOLDER: folder, ATTACKER_BACKSTAGE_PORT: '0' })
  const lines = createInterface({ input: child.stdout })
  const [line]: string[] = await once(lines, 'line')
  const { port, attacks } = JSON.parse(line ?? '{}')
  const remote = remoteAttacker({ url: `http://127.0.0.1:${port}`, token: door.token })
  const armed = await remote.arm(lab.order({ attack: 'trusted-authority', loot: {} }))
  const told = await ask(armed.port, { rejectUnauthorized: false })
  const { token } = await remote.evidence(armed.play)
  const asked = performance.now()
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect({ code, token, status: told.status }).toEqual({ code: 0, token: TOKEN, status: 200 })
  expect(performance.now() - asked).toBeLessThan(PROMPTLY)
  expect(attacks).toContain('append-pinned-leaf')
})

test('one attack by hand: armed, explained on stderr, evidence on stdout after Ctrl-C', async () => {
  const upstream = `127.0.0.1:${lab.genuine.port}`
  const args = ['play', '--attack', 'trusted-authority', '--host', HOST, '--upstream', upstream]
  const child = run(args, { ATTACKER_FOLDER: folder })
  const said = createInterface({ input: child.stderr })
  const result = text(child.stdout)
  let port = 0
  for await (const line of said) {
    port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1] ?? 0)
    if (port) break
  }
  await ask(port, { rejectUnauthorized: false })
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  expect(JSON.parse(await result)).toMatchObject({ token: TOKEN, requests: [{ altered: { what: 'json' } }] })
})

test.each([
  ['ATTACKER_HOST', 'off', 'ADDRESS_IS_PUBLIC'],
  ['ATTACKER_BACKSTAGE_HOST', 'off', 'ADDRESS_IS_PUBLIC'],
  // The control: asked twice, it goes as far as such an address lets it on this machine.
  ['ATTACKER_BACKSTAGE_HOST', 'on', 'ADDRESS_UNAVAILABLE'],
])('with %s on the internet and ATTACKER_PUBLIC=%s it ends with %s', async (setting, asked, code) => {
  const child = run([], { ATTACKER_FOLDER: folder, [setting]: '8.8.8.8', ATTACKER_PUBLIC: asked })
  const [said, [exit]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ exit, said }).toEqual({ exit: 2, said: expect.stringContaining(code) })
})

test.each([
  [
    'an unknown attack',
    ['play', '--attack', 'stolen-keys', '--host', HOST, '--upstream', 'localhost:1'],
    /ATTACK_UNKNOWN.*\n.*did you mean 'stolen-key'/,
  ],
  [
    'an upstream without a port',
    ['play', '--attack', 'none', '--host', HOST, '--upstream', 'localhost'],
    /OPTION_INVALID: --upstream is 'localhost'/,
  ],
  ['an unknown flag', ['list', '--jsn'], /Did you mean --json/],
  ['no token', [], /CANNOT_READ.*npm run certs/s],
])('with %s it ends with 2 and says what to type', async (_what, args, sentence) => {
  const child = run(args, { ATTACKER_FOLDER: join(folder, 'nowhere') })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(said).toMatch(sentence)
  expect(code).toBe(2)
})

test('list names every attack, and --json is JSON', async () => {
  const [plain, json] = await Promise.all([text(run(['list']).stdout), text(run(['list', '--json']).stdout)])
  const ids = JSON.parse(json).map(({ id }: { id: string }) => id)
  expect(ids[0]).toBe('none')
  for (const id of ids) expect(plain).toContain(`${id} `)
})
