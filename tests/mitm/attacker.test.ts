import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect } from 'node:tls'
import { expect, test } from '@jest/globals'
import { createMaterial } from '#certs/material.ts'
import { silentLog } from '#kit/log.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { startRecorder } from '#mitm/recorder.ts'
import { PROMPTLY } from '../support/promptly.ts'
import { ask, genuineHost, HOST, pictureOfTheDay, refusal, TOKEN, world } from './world.ts'

test('fifty plays side by side never mix their evidence', async () => {
  await using lab = await world()
  const attacks = ['none', 'trusted-authority', 'stranger-authority', 'stolen-key', 'append-pinned-leaf']
  const one = async (number: number) => {
    const attack = attacks[number % attacks.length] ?? 'none'
    const { play, port } = await lab.attacker.arm(lab.order({ attack }))
    const path = `/play/${number}`
    const headers = { 'approov-token': `token-of-${number}` }
    // Two connections each, the second one with a body.
    await ask(port, { rejectUnauthorized: false, path, headers })
    await ask(port, { rejectUnauthorized: false, path, headers, method: 'POST', body: `body of ${number}` })
    return { attack, number, evidence: await lab.attacker.evidence(play) }
  }
  const all = await Promise.all(Array.from({ length: 50 }, (_, number) => one(number)))
  for (const { attack, number, evidence } of all) {
    const requests = evidence.requests.map(({ method, path, body, headers }) => [
      method,
      path,
      body,
      headers['approov-token'],
    ])
    const token = `token-of-${number}`
    expect(evidence.connections).toHaveLength(2)
    expect(requests).toEqual(
      attack === 'none'
        ? []
        : [
            ['GET', `/play/${number}`, '', token],
            ['POST', `/play/${number}`, `body of ${number}`, token],
          ],
    )
    expect(evidence.token).toBe(attack === 'none' ? undefined : token)
  }
})

test('several requests over one connection are each recorded, in order', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  const socket = connect({ host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false })
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk
  })
  for (const path of ['/one', '/two', '/three']) {
    heard = ''
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${HOST}\r\n\r\n`)
    while (!heard.includes('}')) await once(socket, 'data')
  }
  socket.destroy()
  const { requests, connections } = await lab.attacker.evidence(play)
  expect(requests.map(({ path }) => path)).toEqual(['/one', '/two', '/three'])
  expect(connections).toHaveLength(1)
})

test('evidence waits for an answer that is still on its way', async () => {
  const reached = Promise.withResolvers<void>()
  await using lab = await world((request, response) => {
    reached.resolve()
    setTimeout(() => pictureOfTheDay(request, response), 700)
  })
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  const asked = ask(port, { rejectUnauthorized: false })
  asked.catch(() => {})
  await reached.promise
  const { requests } = await lab.attacker.evidence(play)
  expect(requests).toMatchObject([{ altered: { what: 'json' } }])
})

test('whoever only reads along passes the genuine answer on', async () => {
  await using lab = await world()
  const answers = async (requests: 'passed-on' | 'unaltered') => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority', requests }))
    const answer = await ask(port, { rejectUnauthorized: false })
    const { requests: read, token } = await lab.attacker.evidence(play)
    return { told: JSON.parse(answer.body.toString()).title, read, token }
  }
  expect(await answers('passed-on')).toMatchObject({
    told: expect.stringMatching(/^INTERCEPTED/),
    read: [{ altered: {} }],
  })
  const { told, read, token } = await answers('unaltered')
  expect([told.startsWith('INTERCEPTED'), read[0]?.altered, token]).toEqual([false, undefined, TOKEN])
})

test('evidence does not wait forever for an answer that never comes', async () => {
  const reached = Promise.withResolvers<void>()
  await using lab = await world(() => reached.resolve())
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  const asked = refusal(ask(port, { rejectUnauthorized: false }))
  await reached.promise
  const before = performance.now()
  const { requests, token } = await lab.attacker.evidence(play)
  expect(performance.now() - before).toBeLessThan(PROMPTLY)
  expect(requests[0]).not.toHaveProperty('altered')
  expect(token).toBe(TOKEN)
  expect(await asked).toBeDefined()
})

test('after its evidence, a play’s port is closed and the play is unknown', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none' }))
  await lab.attacker.evidence(play)
  expect(await refusal(ask(port))).toBe('ECONNREFUSED')
  expect(await refusal(lab.attacker.evidence(play))).toBe('PLAY_UNKNOWN')
})

test('a mistyped attack is named with the nearest one', async () => {
  await using lab = await world()
  await expect(lab.attacker.arm(lab.order({ attack: 'trusted-autority' }))).rejects.toMatchObject({
    code: 'ATTACK_UNKNOWN',
    hint: "did you mean 'trusted-authority'?",
  })
})

test.each([
  ['trusted-authority', 'LOOT_MISSING'],
  ['other-host', 'LOOT_MISSING'],
  ['stolen-key', 'LOOT_MISSING'],
  ['stranger-authority', undefined],
  ['self-signed-lookalike', undefined],
  ['none', undefined],
])('%s without loot: %s', async (attack, code) => {
  await using lab = await world()
  expect(await refusal(lab.attacker.arm(lab.order({ attack, loot: {} })))).toBe(code)
})

test('closing ends open plays and their connections, and nothing can be armed any more', async () => {
  const lab = await world()
  const { port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
  const victim = connect({ host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false })
  victim.on('error', () => {})
  await once(victim, 'secureConnect')
  await lab[Symbol.asyncDispose]()
  if (!victim.closed) await once(victim, 'close')
  expect(await refusal(ask(port))).toBe('ECONNREFUSED')
  expect(await refusal(lab.attacker.arm(lab.order({ attack: 'none' })))).toBe('ATTACKER_CLOSED')
})

test('a relay is armed and works while the recorder is still loading', async () => {
  await using lab = await world()
  const { play, port } = await lab.attacker.arm(lab.order({ attack: 'none' }))
  const told = await ask(port, { ca: lab.material.root.chain })
  await lab.attacker.evidence(play)
  expect(told.status).toBe(200)
})

test('forgeries are made once and shared by the plays of a run', async () => {
  await using lab = await world()
  const leaf = async () => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack: 'trusted-authority' }))
    const socket = connect({ host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    await lab.attacker.evidence(play)
    return fingerprint256
  }
  expect(await leaf()).toBe(await leaf())
})

test('a certificate that the genuine host has renewed is copied as it is now', async () => {
  const [old, renewed] = await Promise.all([createMaterial({ now: new Date() }), createMaterial({ now: new Date() })])
  let time = Date.now()
  await using attacker = await createAttacker({ log: silentLog(), now: () => new Date(time) })
  const leafShown = async (upstream: { host: string; port: number }) => {
    const { play, port } = await attacker.arm({
      attack: 'self-signed-lookalike',
      road: 'takeover',
      host: HOST,
      upstream,
      loot: {},
    })
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const shown = socket.getPeerX509Certificate()
    socket.destroy()
    await attacker.evidence(play)
    return shown?.serialNumber
  }
  const server = await genuineHost(old.proxySelfSigned, pictureOfTheDay)
  const { port } = server
  const before = await leafShown(server)
  await server.close()
  await using again = await genuineHost(renewed.proxySelfSigned, pictureOfTheDay, port)
  time += 10_000
  const after = await leafShown(again)
  expect(after).not.toBe(before)
})

test('the recorder is reachable from this machine alone', async () => {
  const { port, close } = await startRecorder()
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')
  const near = dial(port, '127.0.0.1')
  await once(near, 'connect')
  near.destroy()
  const reached = outside && (await refusal(once(dial(port, outside.address), 'connect')))
  await close()
  expect(reached).toBe(outside && 'ECONNREFUSED')
})
