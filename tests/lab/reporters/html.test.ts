import { beforeAll, describe, expect, test } from '@jest/globals'
import { chainOf } from '#lab/chain.ts'
import { html as markup, textOf } from '#lab/reporters/html/markup.ts'
import { chainPicture } from '#lab/reporters/html/picture.ts'
import { pinsOf } from '#lab/reporters/html/pins.ts'
import html from '#lab/reporters/html.ts'
import { type Run, resultOf } from '#lab/result.ts'
import { HOSTILE, hostileRun, realRun } from './runs.ts'

let run: Run
beforeAll(async () => {
  run = await realRun()
}, 60_000)

test('the page is one file that names no other, and forbids the browser to fetch any', () => {
  const text = html.render(run)
  const links = [...text.matchAll(/\s(?:src|href|action|srcset)="([^"]*)"/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !link.startsWith('#'))).toEqual([])
  expect(text).not.toMatch(/@import|url\(|\simport\(/)
  expect(text).toMatch(/Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/)
})

test('hostile text stays text', () => {
  const text = html.render(hostileRun())
  expect(text.match(/<script/g)).toHaveLength(1)
  expect(text.match(/<style/g)).toHaveLength(1)
  expect(text).not.toContain('alert(1)</script>')
  expect(text).not.toContain('<!--')
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;--&gt;')
  expect(text).not.toContain('\u0000')
})

test('a cell that is not applicable opens what is lacking, and no ends that said nothing', () => {
  const text = html.render(run)
  const index = run.results.findIndex(({ verdict }) => verdict === 'not-applicable')
  const [, play = ''] = new RegExp(`<template id="play-${index}"[^>]*>([\\s\\S]*?)</template>`).exec(text) ?? []
  expect(play.toLowerCase()).toContain(`<p>${run.results[index]?.why.toLowerCase()}.</p>`)
  expect(play).toContain('– not-applicable</span> not played')
  expect(play).not.toContain('What the client said')
  expect(text).toContain(
    `${run.results.filter(({ verdict }) => verdict === 'not-applicable').length} more not applicable, and not counted.`,
  )
})

test('a play is told on one clock, the client’s visit around what the attacker saw of it', () => {
  const text = html.render(run)
  const index = run.results.findIndex(({ attack, client }) => attack === 'trusted-authority' && client === 'unpinned')
  const [, play = ''] = new RegExp(`<template id="play-${index}"[^>]*>([\\s\\S]*?)</template>`).exec(text) ?? []
  const told = [...play.matchAll(/<li class="(client|attacker)"><span class="at">(\d+) ms/g)]
  expect(told.map(([, side]) => side)).toEqual(['client', 'attacker', 'attacker', 'attacker', 'client'])
  const times = told.map(([, , at]) => Number(at))
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('every value of a template is escaped, but for markup that a template made', () => {
  expect(textOf(markup`<a title="${'"<>&\''}">${['<b>', markup`<i>${'<'}</i>`, 1, undefined]}</a>`)).toBe(
    '<a title="&quot;&lt;&gt;&amp;&#39;">&lt;b&gt;<i>&lt;</i>1</a>',
  )
})

describe('the pins that a client holds', () => {
  const client = (id: string) => {
    const found = run.clients.find((one) => one.id === id)
    if (!found) throw new Error(`there is no ${id} in this run`)
    return found
  }
  const without = (id: string) => {
    const { pins: _, ...rest } = client(id)
    return rest
  }

  test.each(['pinned-key', 'pinned-certificate'])('%s names in its refusals what the stage says it holds', (id) => {
    expect(pinsOf(run, client(id)).size).toBe(id === 'pinned-key' ? 2 : 1)
    expect(pinsOf(run, without(id))).toEqual(pinsOf(run, client(id)))
  })

  test('are unknown where neither the stage nor a refusal names one', () => {
    expect(pinsOf(run, without('unpinned')).size).toBe(0)
  })
})

/** The chain that a client was shown, and its picture. */
function shown(attack: string, client: string) {
  const chain = resultOf(run, attack, client)?.chain ?? []
  const held = run.clients.find(({ id }) => id === client)
  const pins = held ? pinsOf(run, held) : new Set<string>()
  return { chain, pins, picture: textOf(chainPicture(chain, { pins, at: run.startedAt })) }
}

describe('the chain', () => {
  test('leads from the leaf to its signer, and what was only sent along stands aside', () => {
    const { chain } = shown('append-pinned-leaf', 'pinned-key')
    expect(chain).toMatchObject([
      { subject: 'CN=api.lab.test', signer: 1, onPath: true },
      { selfSigned: true, onPath: true },
      { subject: 'O=Pinning Lab, CN=api.lab.test', signer: 3, onPath: false },
      { onPath: false, selfSigned: false },
    ])
  })

  test('shows a pinned key that was only sent along as what it is', () => {
    const { picture } = shown('append-pinned-leaf', 'pinned-key')
    expect(picture.match(/◆ pinned</g)).toHaveLength(1)
    expect(picture).toMatch(/<g class="aside pinned">/)
    expect(picture).toContain('was only sent along')
  })

  test('shows a stolen key in the leaf as pinned', () => {
    const { picture } = shown('stolen-key', 'pinned-key')
    expect(picture).toMatch(/<g class="path pinned">/)
    expect(picture).toContain('is on the path from the leaf')
  })

  test('shows what has run out', () => {
    expect(shown('expired', 'pinned-key').picture).toMatch(
      /class="outdated"[^>]*>leaf · EC P-256 · ran out \d{4}-\d\d-\d\d</,
    )
  })

  test('says when nothing in it is pinned, and when no pin is known', () => {
    expect(shown('trusted-authority', 'pinned-key').picture).toContain('Nothing in it is what the client has pinned.')
    expect(shown('trusted-authority', 'unpinned').picture).toContain('does not tell of a pin')
  })

  test('is told in words too, in the order sent', () => {
    const { picture, chain } = shown('append-pinned-leaf', 'pinned-key')
    const words = [...picture.matchAll(/<li>(.*?)<\/li>/g)].map(([, text = '']) => text)
    expect(words).toHaveLength(chain.length)
    expect(words[2]).toMatch(/^api\.lab\.test: .*sent third.*pinned by the client, not on the path from the leaf$/)
  })

  test('holds a box for what cannot be read as a certificate', () => {
    const broken = `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
    const genuine = resultOf(run, 'trusted-authority', 'unpinned')?.evidence.presented ?? ''
    const chain = chainOf(`${broken}${genuine}${broken}`)
    expect(chain).toMatchObject([{ unreadable: expect.any(String) }, { position: 1 }, { position: 2 }, { position: 3 }])
    const picture = textOf(chainPicture(chain, { pins: new Set(), at: run.startedAt }))
    expect(picture.match(/<rect /g)).toHaveLength(4)
    expect(chainOf(HOSTILE)).toEqual([])
    expect(textOf(chainPicture([], { pins: new Set(), at: run.startedAt }))).toContain('<svg')
  })
})
