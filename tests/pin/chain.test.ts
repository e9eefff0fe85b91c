import 'reflect-metadata'
import type { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import * as x509 from '@peculiar/x509'
import { createPolicy, evaluate, type Verdict } from '#pin/index.ts'
import { honest, type Minted, mint, nameConstraints, newKeys } from './mint.ts'

const HOST = 'api.test'
const now = new Date()
const DAY = 86_400_000
const NULL = Uint8Array.of(0x05, 0x00).buffer

let genuine: Awaited<ReturnType<typeof honest>>
/** An authority that the device trusts and the attacker holds. */
let trusted: Minted
beforeAll(async () => {
  genuine = await honest(HOST)
  trusted = await mint({ subject: 'CN=Trusted by Accident', authority: true })
})

interface Question {
  readonly pin: Minted
  readonly presented: readonly Minted[]
  readonly anchors?: readonly Minted[]
  readonly at?: Date
}

/** What the library says of a chain, when the key of `pin` alone is pinned. */
function verdict({ pin, presented, anchors = [genuine.root, trusted], at = now }: Question): Verdict {
  const policy = createPolicy([{ host: HOST, pins: [pin.pin] }], { allowSinglePin: true })
  const certificates = (list: readonly Minted[]): X509Certificate[] => list.map((one) => one.x509)
  return evaluate(policy, {
    host: HOST,
    presented: certificates(presented),
    anchors: () => certificates(anchors),
    now: at,
  })
}

const evilLeaf = (more: Partial<Parameters<typeof mint>[0]> = {}) =>
  mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: trusted, ...more })

describe('a chain is accepted when a pin is on', () => {
  test('its leaf', () => {
    const { leaf, intermediate } = genuine
    expect(verdict({ pin: leaf, presented: [leaf, intermediate] })).toMatchObject({ outcome: 'match', by: 'leaf' })
  })

  test('its intermediate', () => {
    const { leaf, intermediate } = genuine
    expect(verdict({ pin: intermediate, presented: [leaf, intermediate] })).toMatchObject({ by: 'authority' })
  })

  test('its root, though the root was not sent', () => {
    const { leaf, intermediate, root } = genuine
    expect(verdict({ pin: root, presented: [leaf, intermediate] })).toMatchObject({ by: 'authority' })
  })

  test('its intermediate, and the leaf has been given a new key', async () => {
    const renewed = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: genuine.intermediate })
    const presented = [renewed, genuine.intermediate]
    expect(verdict({ pin: genuine.intermediate, presented })).toMatchObject({ outcome: 'match' })
  })

  test('its root, and certificates are shuffled, doubled and joined by strangers', () => {
    const { leaf, intermediate, root } = genuine
    const presented = [leaf, trusted, root, intermediate, intermediate]
    expect(verdict({ pin: root, presented })).toMatchObject({ by: 'authority' })
  })

  test('its root, and a cross certificate for that root leads elsewhere', async () => {
    const elsewhere = await mint({ subject: 'CN=Elsewhere', authority: true })
    const { root, leaf, intermediate } = genuine
    const cross = await mint({ subject: root.subject, keys: root.keys, authority: true, signedBy: elsewhere })
    expect(verdict({ pin: root, presented: [leaf, intermediate, cross] })).toMatchObject({ by: 'authority' })
  })

  test('the leaf, which has signed itself and is a trust anchor', async () => {
    const own = await mint({ subject: `CN=${HOST}`, names: [HOST] })
    expect(verdict({ pin: own, presented: [own], anchors: [own] })).toMatchObject({ by: 'leaf' })
  })
})

test('a host that no pattern matches is unpinned, whatever it shows', () => {
  const policy = createPolicy([{ host: '*.api.test', pins: [genuine.leaf.pin] }], { allowSinglePin: true })
  expect(evaluate(policy, { host: HOST, presented: [], anchors: () => [], now })).toEqual({ outcome: 'unpinned' })
})

test('a pinned host that shows nothing is a mismatch', () => {
  expect(verdict({ pin: genuine.leaf, presented: [] })).toMatchObject({ outcome: 'mismatch', seen: [] })
})

describe('a pin is not satisfied by', () => {
  test("a genuine leaf appended to the attacker's chain (CVE-2016-2402)", async () => {
    const presented = [await evilLeaf(), trusted, genuine.leaf]
    const found = verdict({ pin: genuine.leaf, presented })
    expect(found).toMatchObject({ outcome: 'mismatch' })
    // The stray is no part of the chain, and the report does not show it as one.
    expect(found.outcome === 'mismatch' && found.seen.map((one) => one.pin)).toEqual([presented[0]?.pin, trusted.pin])
  })

  test("a genuine intermediate appended to the attacker's chain", async () => {
    const presented = [await evilLeaf(), trusted, genuine.intermediate]
    expect(verdict({ pin: genuine.intermediate, presented })).toMatchObject({ outcome: 'mismatch' })
  })

  test("a genuine intermediate whose name the attacker's authority bears", async () => {
    const twin = await mint({ subject: genuine.intermediate.subject, authority: true })
    const leaf = await evilLeaf({ signedBy: twin })
    const anchors = [twin, genuine.root]
    const presented = [leaf, genuine.intermediate]
    expect(leaf.x509.checkIssued(genuine.intermediate.x509)).toBe(true)
    expect(verdict({ pin: genuine.intermediate, presented, anchors })).toMatchObject({ outcome: 'mismatch' })
  })

  test("a genuine leaf whose name the attacker's authority bears", async () => {
    const twin = await mint({ subject: genuine.leaf.subject, authority: true })
    const leaf = await evilLeaf({ signedBy: twin, subject: 'CN=elsewhere' })
    const presented = [leaf, genuine.leaf, genuine.intermediate]
    expect(verdict({ pin: genuine.leaf, presented, anchors: [twin, genuine.root] })).toMatchObject({
      outcome: 'mismatch',
    })
  })

  test("a genuine root whose name the attacker's authority bears", async () => {
    const twin = await mint({ subject: genuine.root.subject, authority: true })
    const presented = [await evilLeaf({ signedBy: twin })]
    for (const anchors of [
      [twin, genuine.root],
      [genuine.root, twin],
    ]) {
      expect(verdict({ pin: genuine.root, presented, anchors })).toMatchObject({ outcome: 'mismatch' })
    }
  })

  test('an authority that signed an ordinary certificate, which then signs like one', async () => {
    // Honestly bought for the attacker's own name, over the key of the authority that the device trusts.
    for (const authority of [undefined, false]) {
      const bought = await mint({
        subject: trusted.subject,
        keys: trusted.keys,
        signedBy: genuine.root,
        ...(authority === undefined ? {} : { authority }),
      })
      const presented = [await evilLeaf(), bought]
      // The attacker's root itself is not among the anchors here: the path over the pinned root must fail on its own.
      expect(verdict({ pin: genuine.root, presented, anchors: [genuine.root] })).toMatchObject({ outcome: 'mismatch' })
    }
  })

  test('an authority that allows no further authority below it, above one', async () => {
    const sub = await mint({ subject: 'CN=Sub', authority: true, signedBy: genuine.intermediate })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: sub })
    const presented = [leaf, sub, genuine.intermediate]
    expect(verdict({ pin: genuine.intermediate, presented })).toMatchObject({ outcome: 'mismatch' })
    expect(verdict({ pin: genuine.root, presented })).toMatchObject({ outcome: 'mismatch' })
  })

  test.each([
    ['has expired', { from: new Date(now.getTime() - 3 * DAY), until: new Date(now.getTime() - DAY) }],
    ['is not valid yet', { from: new Date(now.getTime() + DAY) }],
    ['is held to other names', { extensions: [nameConstraints()] }],
    ['has a critical extension that nobody knows', { extensions: [new x509.Extension('1.2.3.4', true, NULL)] }],
    ['is for mail only', { extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.emailProtection])] }],
    ['may not sign certificates', { extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.cRLSign, true)] }],
  ])('an authority below it that %s', async (_why, more) => {
    const between = await mint({ subject: 'CN=Between', authority: true, signedBy: genuine.root, ...more })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: between })
    const presented = [leaf, between]
    expect(verdict({ pin: genuine.root, presented })).toMatchObject({ outcome: 'mismatch' })
    expect(verdict({ pin: between, presented })).toMatchObject({ outcome: 'mismatch' })
  })

  test('an authority that signed with SHA-1', async () => {
    const between = await mint({ subject: 'CN=Between', authority: true, signedBy: genuine.root, hash: 'SHA-1' })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: between })
    expect(verdict({ pin: genuine.root, presented: [leaf, between] })).toMatchObject({ outcome: 'mismatch' })
  })

  test('an authority that no trust anchor vouches for', async () => {
    const { leaf, intermediate } = genuine
    expect(verdict({ pin: intermediate, presented: [leaf, intermediate], anchors: [trusted] })).toMatchObject({
      outcome: 'mismatch',
    })
  })

  test('an authority above a certificate that has the signing key and another name', async () => {
    const keys = newKeys()
    const unknown = await mint({ subject: 'CN=Unknown', keys, authority: true })
    const renamed = await mint({ subject: 'CN=Renamed', keys, authority: true, signedBy: genuine.root })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: unknown })
    expect(verdict({ pin: genuine.root, presented: [leaf, renamed] })).toMatchObject({ outcome: 'mismatch' })
  })

  test('a trust anchor that has signed nothing of it', () => {
    const { leaf, intermediate } = genuine
    expect(verdict({ pin: trusted, presented: [leaf, intermediate, trusted] })).toMatchObject({ outcome: 'mismatch' })
  })

  test('a broken signature under the right name', async () => {
    const impostor = await mint({ subject: genuine.intermediate.subject, authority: true, keys: newKeys() })
    const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: impostor })
    expect(verdict({ pin: genuine.root, presented: [leaf, genuine.intermediate] })).toMatchObject({
      outcome: 'mismatch',
    })
  })
})

/** A chain of `signers` authorities, root included, and a leaf below them. */
async function tower(signers: number): Promise<{ root: Minted; presented: Minted[] }> {
  const root = await mint({ subject: 'CN=Floor 0', authority: true })
  let top = root
  const presented: Minted[] = []
  for (let floor = 1; floor < signers; floor += 1) {
    top = await mint({ subject: `CN=Floor ${floor}`, authority: true, signedBy: top })
    presented.unshift(top)
  }
  return { root, presented: [await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: top }), ...presented] }
}

test.each([
  [9, 'match'],
  [10, 'mismatch'],
])('of a chain with %i signers the verdict is %s', async (signers, outcome) => {
  const { root, presented } = await tower(signers)
  expect(verdict({ pin: root, presented, anchors: [root] })).toMatchObject({ outcome })
})

test('an authority that signs in a circle is not followed for ever', async () => {
  const [a, b] = [newKeys(), newKeys()]
  const one = await mint({ subject: 'CN=One', keys: a, authority: true })
  const two = await mint({ subject: 'CN=Two', keys: b, authority: true, signedBy: one })
  const oneByTwo = await mint({ subject: 'CN=One', keys: a, authority: true, signedBy: two })
  const leaf = await mint({ subject: `CN=${HOST}`, names: [HOST], signedBy: one })
  const presented = [leaf, oneByTwo, two]
  expect(verdict({ pin: genuine.root, presented, anchors: [genuine.root] })).toMatchObject({ outcome: 'mismatch' })
})

test('what vouches today does not vouch after it has expired', () => {
  const { leaf, intermediate } = genuine
  const at = new Date(now.getTime() + 60 * DAY)
  expect(verdict({ pin: intermediate, presented: [leaf, intermediate], at })).toMatchObject({ outcome: 'mismatch' })
})
