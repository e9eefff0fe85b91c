import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { tryCommand } from '#lab/try-command.ts'
import { terminal } from '../support/terminal.ts'

const PROGRAM = fileURLToPath(new URL('programs/conversation.mjs', import.meta.url))

/** The verdict on each attack, the exit code, and what was said in the end. */
async function tried(attacks: readonly string[], program: readonly string[], options: readonly string[] = []) {
  const chosen = attacks.flatMap((attack) => ['--attack', attack])
  const screen = terminal(
    ['--stdin', ...options, ...chosen, '--reporter', 'json', execPath, PROGRAM, ...program],
    process.env.PATH === undefined ? {} : { PATH: process.env.PATH },
  )
  const code = await tryCommand(screen)
  const { results } = JSON.parse(screen.printed.stdout) as {
    results: { attack: string; verdict: string; why: string }[] // What the JSON reporter has just written.
  }
  return {
    code,
    said: screen.printed.stderr,
    verdicts: Object.fromEntries(results.map(({ attack, verdict }) => [attack, verdict])),
    why: Object.fromEntries(results.map(({ attack, why }) => [attack, why])),
  }
}

const REUSE = ['stranger-authority', 'trusted-authority', 'shared-agent-keepalive', 'none-glance']
const CAN = ['--can', 'unpinned-requests']

test('a sound client holds a conversation, and nothing that is used again beats it', async () => {
  const { code, verdicts, said } = await tried(REUSE, ['apart'], CAN)
  expect(verdicts).toEqual({
    none: 'reached',
    'none-glance': 'reached',
    'stranger-authority': 'blocked',
    'trusted-authority': 'blocked',
    'shared-agent-keepalive': 'blocked',
  })
  expect(said).toMatch(/^\nPinned, and beaten by nothing/)
  expect(code).toBe(0)
}, 60_000)

test('a naive client, whose pinned requests take connections that unpinned ones have opened, falls for that', async () => {
  const { code, verdicts, said } = await tried(REUSE, ['shared'], CAN)
  expect(verdicts).toMatchObject({
    'trusted-authority': 'blocked',
    'none-glance': 'reached',
    'shared-agent-keepalive': 'intercepted',
  })
  expect(said).toContain('Pinned, but beaten by shared-agent-keepalive.')
  expect(code).toBe(3)
}, 60_000)

test('new pins are told, and a client that takes them refuses a host that has none of them', async () => {
  const { verdicts } = await tried(['pin-revoked-*', 'none-new-pins'], ['apart'], ['--can', 'new-pins'])
  expect(verdicts).toEqual({
    none: 'reached',
    'none-new-pins': 'reached',
    'pin-revoked-kept-alive': expect.stringMatching(/^(blocked|intercepted)$/),
    'pin-revoked-then-resume': expect.stringMatching(/^(blocked|not-applicable)$/),
  })
}, 60_000)

test('what a client does not claim to be able to is not asked of it', async () => {
  const { verdicts, why } = await tried(['shared-agent-keepalive'], ['apart'])
  expect(verdicts).toEqual({
    none: 'reached',
    'shared-agent-keepalive': 'not-applicable',
    'none-glance': 'not-applicable',
  })
  expect(why['shared-agent-keepalive']).toContain('unpinned requests')
}, 60_000)

test('where the attacker’s own site has no name that leads to it, the proxy road is pointed out', async () => {
  const { verdicts, why } = await tried(
    ['cross-servername-session', 'redirect-unpinned-host'],
    ['apart'],
    ['--can', 'unpinned-requests,redirects'],
  )
  expect(verdicts).toMatchObject({
    'cross-servername-session': 'not-applicable',
    'redirect-unpinned-host': 'not-applicable',
  })
  expect(why['cross-servername-session']).toMatch(/evil\.lab\.test leads nowhere on this machine; the proxy road/)
}, 60_000)
