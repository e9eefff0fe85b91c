import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { HOSTS } from '#kit/names.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const { attacks, clients } = await loadCatalogues()

let stage: HomeStage
beforeAll(async () => {
  stage = await embeddedStage({ clients, now: () => new Date() })
})
afterAll(() => stage?.close())

/** Both ends of one play. */
async function play(attackId: string, clientId: string) {
  const [attack, client] = [attacks.get(attackId), clients.get(clientId)]
  if (!attack || !client) throw new Error(`${attackId} and ${clientId} are in the catalogues`)
  return stage.play({ attack, client, road: 'takeover' })
}

test.each([
  ['shared-agent-session', 'shared-sessions'],
  ['shared-agent-session', 'sessions-by-hand'],
  ['pin-revoked-then-resume', 'agent-outlives-pins'],
  ['pin-revoked-then-resume', 'sessions-by-hand'],
])('in %s %s takes up a session, and its token is read', async (attack, client) => {
  const { report, evidence } = await play(attack, client)
  expect(report.outcome).toBe('accepted')
  expect(evidence.connections.at(-1)).toMatchObject({ handshake: 'completed', resumed: true })
  expect(evidence.token).toMatch(/^eyJ/)
})

test.each(['pinned-key', 'https-pinned-key', 'fetch-pinned-key', 'http2-pinned-key'])(
  'with new pins %s begins anew: it takes up no session, and says nothing over what it had',
  async (client) => {
    const { report, evidence } = await play('pin-revoked-then-resume', client)
    expect(report).toMatchObject({ outcome: 'refused', reason: 'pin' })
    expect(evidence.earlierBytes).toBeGreaterThan(0)
    expect(evidence.applicationBytes).toBe(0)
    expect(evidence.connections.filter(({ resumed }) => resumed)).toEqual([])
  },
)

test.each(['agent-outlives-pins', 'check-in-secure-connect'])(
  'with new pins %s goes on over the connection that it had',
  async (client) => {
    const { report, evidence } = await play('pin-revoked-kept-alive', client)
    expect(report.outcome).toBe('accepted')
    expect(evidence.connections).toHaveLength(1)
  },
)

test('http2-coalesces asks the API over a session with the attacker’s own site, and never comes to the API', async () => {
  const { report, evidence } = await play('h2-origin-coalesce', 'http2-coalesces')
  expect(report.outcome).toBe('accepted')
  expect(evidence.connections.map(({ sni, handshake }) => [sni, handshake])).toEqual([
    [HOSTS.api, 'relayed'],
    [HOSTS.evil, 'completed'],
  ])
  const last = evidence.requests.at(-1)
  expect(String(last?.headers.host)).toMatch(/^api\.lab\.test:/)
  expect(last?.headers).toHaveProperty('approov-token')
})

test('http2-pinned-key asks the API anew, and shows its token to nobody else', async () => {
  const { evidence } = await play('h2-origin-coalesce', 'http2-pinned-key')
  expect(evidence.connections.map(({ sni }) => sni)).toEqual([HOSTS.api, HOSTS.evil, HOSTS.api])
  expect(evidence).not.toHaveProperty('token')
})

test('http2-shared-sessions sends its token over the one session that its unpinned requests have opened', async () => {
  const { evidence } = await play('http2-session-shared', 'http2-shared-sessions')
  expect(evidence.connections).toMatchObject([{ alpn: 'h2', sni: HOSTS.api }])
  expect(evidence.token).toMatch(/^eyJ/)
})

test.each(['http2-unpinned', 'http2-pinned-key'])('the unpinned requests of %s go over HTTP/2 too', async (client) => {
  const { evidence } = await play('http2-session-shared', client)
  expect(evidence.connections[0]).toMatchObject({ handshake: 'completed', alpn: 'h2' })
})

test('who stops pinning after a reset refuses a wrong pin, and has its token read when the reset comes first', async () => {
  const { evidence } = await play('fallback-on-pin-failure', 'unpins-after-failure')
  expect(evidence.connections.map(({ handshake }) => handshake)).toEqual(['refused', 'completed'])
  expect(evidence.token).toMatch(/^eyJ/)
  expect((await play('trusted-authority', 'unpins-after-failure')).report).toMatchObject({ reason: 'pin' })
})
