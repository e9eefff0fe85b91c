import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { batteryCommand } from '#lab/battery-command.ts'
import { type ChainLink, chainOf } from '#lab/chain.ts'
import { drawChain } from '#lab/draw-chain.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { explainAttack } from '#lab/explain.ts'
import { wrap } from '#lab/wrap.ts'
import { terminal } from '../support/terminal.ts'

let catalogues: Catalogues
beforeAll(async () => {
  catalogues = await loadCatalogues()
})

async function explained(id: string, clients?: readonly Entry<Client>[], width = 100): Promise<string> {
  const attack = catalogues.attacks.get(id)
  if (!attack) throw new Error(`there is no attack called ${id}`)
  return explainAttack(attack, { clients: clients ?? [...catalogues.clients.values()], now: new Date(), width })
}

/** What stands below a title, without its indentation. */
function below(text: string, title: string): string[] {
  const lines = text.split('\n')
  const from = lines.indexOf(title) + 1
  if (from === 0) throw new Error(`nothing is called '${title}' in:\n${text}`)
  return lines.slice(from, lines.indexOf('', from)).map((line) => line.trim())
}

test('--explain draws the chain with the pinned key marked, and prints nothing else', async () => {
  const screen = terminal(['--explain', 'append-pinned-leaf'])
  expect(await batteryCommand(screen)).toBe(0)
  const { stdout, stderr } = screen.printed
  expect(stderr).toBe('')
  expect(below(stdout, 'It shows')).toEqual([
    'CN=api.lab.test (for api.lab.test)',
    expect.stringMatching(/^└─ .*\(the device trusts it\)$/),
    expect.stringMatching(/CN=api\.lab\.test ← the pinned key$/),
    expect.stringMatching(/^└─ .* ← the pinned key$/),
  ])
  expect(below(stdout, 'Who falls for want of a check that stops it').join(' ')).toMatch(/\bunpinned\b/)
  expect(below(stdout, 'Read on')[0]).toBe('CVE-2016-2402')
})

test('who falls by a mistake is told with what they believed and where that was seen, the one it was made for first', async () => {
  const mistake = catalogues.clients.get('any-presented-certificate')?.mistake
  const text = await explained('append-pinned-leaf', undefined, 1000)
  expect(below(text, 'Who falls by a mistake').slice(0, 3)).toEqual([
    'any-presented-certificate',
    `believed: ${mistake?.belief}`,
    `seen in: ${mistake?.source}`,
  ])
})

describe('how to fix it', () => {
  test('is the attack’s remedy where it has one', async () => {
    const attack = [...catalogues.attacks.values()].find(({ remedy }) => remedy !== undefined)
    const text = await explained(attack?.id ?? '', undefined, 1000)
    expect(below(text, 'How to fix it')).toEqual([attack?.remedy])
  })

  test('is what mends the clients whose mistake it was made for, where it has none', async () => {
    const attack = catalogues.attacks.get('append-pinned-leaf')
    if (!attack) throw new Error('there is no append-pinned-leaf')
    const { remedy: _, ...without } = attack
    const clients = [...catalogues.clients.values()]
    const text = await explainAttack(without, { clients, now: new Date(), width: 1000 })
    expect(below(text, 'How to fix it')).toEqual([catalogues.clients.get('any-presented-certificate')?.mistake?.fix])
  })
})

test('a client that lacks what the attack needs neither falls nor stands', async () => {
  const attack = [...catalogues.attacks.values()].find(({ needs }) => needs?.includes('unpinned-requests'))
  const unable = [...catalogues.clients.values()].filter(({ can }) => !can?.includes('unpinned-requests'))
  const text = await explained(attack?.id ?? '', unable.slice(0, 1), 1000)
  expect(below(text, 'Of whom it says nothing')).toEqual([
    `it needs unpinned requests, and the client makes none: ${unable[0]?.id}`,
  ])
  expect(text).not.toMatch(/^Who (falls|stands)/m)
  expect(below(text, 'The story').length).toBeGreaterThan(1)
})

test('every attack can be explained in 80 columns', async () => {
  const width = 80
  for (const id of catalogues.attacks.keys()) {
    const text = await explained(id, undefined, width)
    expect(text.startsWith(`${id} · `)).toBe(true)
    expect(below(text, 'The attacker holds')).not.toEqual([])
    // Only what cannot be broken, as an address, is longer.
    const long = text.split('\n').filter((line) => [...line].length > width && /\S\s+\S/.test(line.trim()))
    expect(long).toEqual([])
  }
})

describe('a chain is drawn', () => {
  const link = (position: number, subject: string, more: Partial<ChainLink>): ChainLink => ({
    position,
    subject,
    issuer: 'CN=Root',
    names: [],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    key: 'EC P-256',
    pin: `sha256/${position}`,
    fingerprint: `${position}`,
    isAuthority: false,
    selfSigned: false,
    onPath: true,
    ...more,
  })
  const options = { pins: [], trusted: [], at: '2026-06-01T00:00:00.000Z', width: 80 }

  test('with what it is for, what has run out, and what only bears the issuer’s name', () => {
    const leaf = link(0, 'CN=a', {
      names: ['DNS:a.test', 'IP Address:127.0.0.1'],
      notAfter: '2026-02-01T00:00:00.000Z',
    })
    expect(drawChain([leaf, link(1, 'CN=Root', {})], options)).toEqual([
      'CN=a (for a.test, 127.0.0.1; ran out 2026-02-01)',
      '└─ CN=Root (did not sign the one above)',
    ])
    expect(drawChain([{ ...leaf, signer: 1 }, link(1, 'CN=Root', {})], options)[1]).toBe('└─ CN=Root')
  })

  test('with a place for what cannot be read', () => {
    const broken = chainOf('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    expect(drawChain(broken, options)[0]).toMatch(/^bytes that are not readable as a certificate \(/)
  })
})

test('text is broken between words, and only there', () => {
  expect(wrap('one two  three\nfour', 9, { first: '- ', rest: '  ' })).toEqual(['- one two', '  three', '  four'])
  expect(wrap('unbreakable', 4, { first: '', rest: '' })).toEqual(['unbreakable'])
  expect(wrap('', 4, { first: '', rest: '' })).toEqual([''])
})
