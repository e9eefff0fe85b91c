import { expect, test } from '@jest/globals'
import { createMaterial } from '#certs/material.ts'
import { chainOf, chainReader, shortName, validityOf } from '#lab/chain.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { pinsHeld } from '#lab/pins-held.ts'

test('a chain is summed up: who, by whom, for what, until when, with which key, and who signed whom', async () => {
  const { proxyCaSigned, shipped } = await createMaterial({ now: new Date('2026-03-04T05:06:07.000Z') })
  const [leaf, intermediate] = chainOf(proxyCaSigned.chain)
  expect(leaf).toMatchObject({
    position: 0,
    subject: 'O=Pinning Lab, CN=api.lab.test',
    names: expect.arrayContaining(['DNS:api.lab.test']),
    notBefore: expect.stringMatching(/^2026-03-04T04:06:07/),
    key: 'EC P-256',
    pin: shipped.pins[0]?.pins[0],
    fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    isAuthority: false,
    selfSigned: false,
    signer: 1,
    onPath: true,
  })
  expect(intermediate).toMatchObject({ isAuthority: true, names: [], onPath: true })
  expect(intermediate).not.toHaveProperty('signer')
})

test('whatever the bytes are, they are told of and nothing is thrown', async () => {
  const { proxyCaSigned } = await createMaterial({ now: new Date() })
  const der = Buffer.from(proxyCaSigned.chain.replace(/-----END[\s\S]*/, '').replace(/-----.*-----|\n/g, ''), 'base64')
  for (let at = 0; at < der.length; at += 1) {
    const bent = Buffer.from(der)
    bent[at] = (bent[at] ?? 0) ^ 0xff
    const pem = `-----BEGIN CERTIFICATE-----\n${bent.toString('base64')}\n-----END CERTIFICATE-----\n`
    const chain = chainOf(pem + proxyCaSigned.chain)
    expect(chain.length).toBe(3)
    expect(JSON.parse(JSON.stringify(chain))).toEqual(chain)
  }
})

test('a chain that comes again is read once', () => {
  const read = chainReader()
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  expect(read(pem)).toBe(read(`${pem}`))
  expect(read(pem)).toEqual([{ position: 0, unreadable: expect.any(String) }])
})

test.each([
  ['CN=a.test', 'a.test'],
  ['O=Lab, CN=a.test', 'a.test'],
  ['CN=a, b, O=Lab', 'a, b'],
  ['O=Lab', 'O=Lab'],
  ['', 'no name'],
])('%j is called %j for short', (name, short) => {
  expect(shortName(name)).toBe(short)
})

test('a date that cannot be read is no date', () => {
  expect(validityOf({}, '2026-01-01T00:00:00.000Z')).toBe('an unreadable date')
})

test('a client holds the pins that it says it checks, and no others', async () => {
  const { clients } = await loadCatalogues()
  const { shipped } = await createMaterial({ now: new Date() })
  const held = (id: string) => {
    const client = clients.get(id)
    if (!client) throw new Error(`there is no client called ${id}`)
    return pinsHeld(client, shipped)
  }
  expect(held('unpinned')).toEqual([])
  expect(held('pinned-key').map(({ value }) => value)).toEqual(shipped.pins[0]?.pins)
  expect(held('pinned-authority')).toEqual(
    shipped.pins[0]?.authorities?.map((value) => ({ by: 'authority-pin', value })),
  )
  const [leaf] = chainOf(shipped.certificate)
  expect(held('pinned-certificate')).toEqual([
    { by: 'certificate-pin', value: leaf && 'pin' in leaf && leaf.fingerprint },
  ])
  expect(pinsHeld({ checks: ['key-pin'], deployment: 'ca-signed' }, {})).toEqual([])
})
