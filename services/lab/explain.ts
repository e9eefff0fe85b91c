import { X509Certificate } from 'node:crypto'
import { certificatesOf } from '#certs/credentials.ts'
import { attackersAuthorities } from '#certs/finds.ts'
import { createForger } from '#certs/forger.ts'
import { createMaterial } from '#certs/material.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack, WithoutChain } from '#mitm/attack.ts'
import { stepInWords } from '#mitm/story.ts'
import { chainOf } from './chain.ts'
import { drawChain } from './draw-chain.ts'
import { type Fates, fates } from './fates.ts'
import type { NaiveClient } from './kill-matrix.ts'
import { lootOf } from './loot.ts'
import { HOLDS, stoppedByInWords } from './words.ts'
import { wrap } from './wrap.ts'

export interface ExplainOptions {
  readonly clients: readonly Entry<Client>[]
  readonly now: Date
  /** Characters to a line. */
  readonly width: number
}

type Part = readonly [title: string, lines: readonly string[]]

/** An attack as a lesson: what the attacker holds and shows, who falls and why, how to fix it, where to read on. */
export async function explainAttack(attack: Entry<Attack>, { clients, now, width }: ExplainOptions): Promise<string> {
  const found = fates(attack, clients)
  const wrapped = (text: string) => wrap(text, width, { first: '  ', rest: '  ' })
  const item = (text: string) => wrap(text, width, { first: '  ', rest: '    ' })
  const parts: Part[] = [
    ['The attacker holds', wrapped(HOLDS[attack.holds])],
    ['The story', (attack.story ?? []).flatMap((step, index) => item(`${index + 1}. ${stepInWords(step)}`))],
    ['It shows', (await shown(attack, now, width - 2)).map((line) => `  ${line}`)],
    ['Each stops it', wrapped(stoppedByInWords(attack))],
    ['Who falls by a mistake', found.mistaken.flatMap((client) => mistakeLines(client, width))],
    ['Who falls for want of a check that stops it', wrapped(found.unguarded.join(', '))],
    ['Who stands', [...found.standing].flatMap(([why, ids]) => item(`${why}: ${ids.join(', ')}`))],
    ['Of whom it says nothing', [...found.unasked].flatMap(([why, ids]) => item(`${why}: ${ids.join(', ')}`))],
    ['How to fix it', fixes(attack, found).flatMap(item)],
    ['Read on', attack.references.flatMap(item)],
  ]
  return [
    `${attack.id} · ${attack.family}`,
    ...wrap(attack.title, width, { first: '', rest: '' }),
    ...parts.filter(([, lines]) => lines.join('').trim() !== '').flatMap(([title, lines]) => ['', title, ...lines]),
    '',
  ].join('\n')
}

function mistakeLines({ id, mistake }: NaiveClient, width: number): string[] {
  return [
    `  ${id}`,
    ...wrap(`believed: ${mistake.belief}`, width, { first: '    ', rest: '      ' }),
    ...wrap(`seen in: ${mistake.source}`, width, { first: '    ', rest: '      ' }),
  ]
}

/** The attack's own remedy, or else what mends those whose mistake it was made for, or else all that fall by one. */
function fixes({ id, remedy, family }: Entry<Attack>, { mistaken }: Fates): string[] {
  if (remedy !== undefined) return [remedy]
  const meant = mistaken.filter(({ mistake }) => mistake.falls?.[id] !== undefined)
  const mends = [...new Set((meant.length > 0 ? meant : mistaken).map(({ mistake }) => mistake.fix))]
  if (mends.length > 0) return mends
  return family === 'control' ? [] : ['Make one of the checks that stop it, and let no failure of it pass.']
}

const IN_PLACE_OF_A_CHAIN: Readonly<Record<WithoutChain, string>> = {
  relay: 'nothing of its own: the bytes are passed on, and the genuine chain with them',
  'flipped-key-exchange':
    'the genuine chain: all bytes are passed on, but one bit of the signature over the key exchange is flipped',
  'no-tunnel': 'no certificate: as a proxy it answers CONNECT with 502, and reads whatever then comes in clear',
  'plaintext-answer': 'no certificate: it answers the greeting of TLS in clear, and reads whatever then comes in clear',
  'tls-alert': 'no certificate: it answers the greeting of TLS with an alert, and reads whatever then comes in clear',
  'tcp-reset': 'no certificate: it resets a connection that begins with TLS, and reads whatever then comes in clear',
}

async function shown({ present, holds }: Attack, now: Date, width: number): Promise<string[]> {
  if (typeof present === 'string') return wrap(IN_PLACE_OF_A_CHAIN[present], width, { first: '', rest: '' })
  const material = await createMaterial({ now })
  const forger = createForger({
    loot: lootOf(material, holds, 'ca-signed'),
    genuineChain: async () => material.proxyCaSigned.chain,
    now,
  })
  const { chain } = await present(HOST_OF['ca-signed'], forger)
  return drawChain(chainOf(chain), {
    pins: material.shipped.pins.flatMap((entry) => [...entry.pins, ...entry.authorities]),
    trusted: certificatesOf(attackersAuthorities(material)).map((pem) => new X509Certificate(pem).fingerprint256),
    at: now.toISOString(),
    width,
  })
}
