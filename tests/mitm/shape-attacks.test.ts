import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Credentials, certificatesOf, pinOfCertificate } from '#certs/credentials.ts'
import { type Irregularities, USES } from '#certs/extensions.ts'
import { createForger, type ForgedShape, type Forger } from '#certs/forger.ts'
import { ask, genuineHost, HOST, pictureOfTheDay, type World, world } from './world.ts'

let lab: World
let forger: Forger
beforeAll(async () => {
  lab = await world()
  forger = createForger({ loot: lab.loot, genuineChain: async () => lab.material.proxyCaSigned.chain, now: new Date() })
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

const ACCEPTED = 'accepted'

/** What a strict client says that trusts the attacker's authority, in OpenSSL's words. */
async function strict(port: number): Promise<string> {
  const ca = [lab.material.attacker.trustedAuthority.chain, lab.material.root.chain]
  return await ask(port, { ca }).then(
    () => ACCEPTED,
    (error: Error) => error.message,
  )
}

async function play(attack: string) {
  const { play, port } = await lab.attacker.arm(lab.order({ attack }))
  const said = await strict(port)
  const { applicationBytes, presented = '' } = await lab.attacker.evidence(play)
  return { said, applicationBytes, shown: certificatesOf(presented).map((pem) => new X509Certificate(pem)) }
}

async function control(credentials: Credentials): Promise<string> {
  await using host = await genuineHost(credentials, pictureOfTheDay)
  return await strict(host.port)
}

const DAY = 24 * 60 * 60 * 1000
const leaf = (shape: ForgedShape = {}) => forger.signedBy('trusted', HOST, shape)
const below = async (irregular: Irregularities = {}, shape: ForgedShape = {}) => {
  const intermediate = await forger.authority({ commonName: 'Control Authority', signedBy: 'trusted', irregular })
  return forger.signedBy(intermediate, HOST, shape)
}
const twoBelow = async () => {
  const basicConstraints = { ca: true, pathLength: 1 }
  const upper = await forger.authority({ commonName: 'Upper', signedBy: 'trusted', irregular: { basicConstraints } })
  return forger.signedBy(await forger.authority({ commonName: 'Lower', signedBy: upper }), HOST)
}
const permitted = { nameConstraints: { permitted: [HOST] } }

// The control has the shape of the attack, and the one thing right that the attack has wrong.
const REFUSED: readonly [attack: string, words: string, control: () => Promise<Credentials>][] = [
  ['future-leaf', 'certificate is not yet valid', () => leaf({ notBefore: new Date(Date.now() - DAY) })],
  ['expired-intermediate', 'certificate has expired', () => below()],
  ['int-ca-false', 'unsuitable certificate purpose', () => below({ basicConstraints: { ca: true } })],
  ['int-no-bc', 'invalid CA certificate', () => below({ basicConstraints: { ca: true } })],
  ['int-no-certsign', 'key usage does not include certificate signing', () => below({ keyUsage: ['keyCertSign'] })],
  ['pathlen-violated', 'path length constraint exceeded', twoBelow],
  ['name-constraints', 'permitted subtree violation', () => below(permitted)],
  [
    'name-constraints-cn',
    'permitted subtree violation',
    () => below(permitted, { irregular: { alternativeNames: null } }),
  ],
  ['eku-clientauth', 'unsuitable certificate purpose', () => leaf({ irregular: { extendedKeyUsage: null } })],
  [
    'eku-codesign',
    'unsuitable certificate purpose',
    () => leaf({ irregular: { extendedKeyUsage: [USES.codeSigning, USES.serverAuth] } }),
  ],
  ['int-eku-email', 'unsuitable certificate purpose', () => below({ extendedKeyUsage: [USES.serverAuth] })],
  ['unknown-critical-ext', 'unhandled critical extension', () => leaf()],
  [
    'ca-as-leaf',
    'unsuitable certificate purpose',
    () => leaf({ irregular: { basicConstraints: { ca: true }, keyUsage: ['keyCertSign', 'digitalSignature'] } }),
  ],
  ['weak-key', 'EE certificate key too weak', () => leaf()],
  ['weak-signature', 'CA signature digest algorithm too weak', () => leaf()],
  ['expired-genuine-stolen-key', 'certificate has expired', () => leaf({ key: 'stolen' })],
  ['pinned-key-self-signed', 'self-signed certificate', () => leaf({ key: 'stolen' })],
]

describe.each(REFUSED)('%s', (attack, words, make) => {
  test('is refused for what its title says, and gets no byte', async () => {
    const { said, applicationBytes } = await play(attack)
    expect(said).toContain(words)
    expect(applicationBytes).toBe(0)
  })

  test('is accepted once that is put right', async () => {
    expect(await control(await make())).toBe(ACCEPTED)
  })
})

describe.each([
  'long-validity-10y',
  'append-pinned-intermediate-same-dn',
  'walk-dn-collision-int',
  'walk-dn-collision-leaf',
  'walk-dn-collision-root',
  'ca-bit-switch',
  'pathlen-switch',
  'pin-by-dn',
])('%s', (attack) => {
  test('goes past a strict client without pins, where the device trusts all that is the attacker’s', async () => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack }))
    const ca = [...['leaf', 'intermediate', 'root'].map(namesake), lab.material.attacker.trustedAuthority.chain]
    await ask(port, { ca: [...ca, lab.material.root.chain] })
    expect((await lab.attacker.evidence(play)).applicationBytes).toBeGreaterThan(0)
  })

  test('is refused where the device trusts none of it, and gets no byte', async () => {
    const { play, port } = await lab.attacker.arm(lab.order({ attack }))
    await expect(ask(port, { ca: lab.material.root.chain })).rejects.toThrow()
    expect((await lab.attacker.evidence(play)).applicationBytes).toBe(0)
  })
})

const namesake = (of: string) => lab.loot.finds?.[`namesake-${of}` as 'namesake-leaf'] ?? ''
const genuine = () => certificatesOf(lab.material.proxyCaSigned.chain).map((pem) => new X509Certificate(pem))
const root = () => new X509Certificate(lab.material.root.chain)

describe('a walk by names', () => {
  test.each([
    ['append-pinned-intermediate-same-dn', () => genuine()[1]],
    ['walk-dn-collision-int', () => genuine()[1]],
    ['walk-dn-collision-root', root],
  ])('%s sends a pinned authority along, which has not signed the leaf', async (attack, pinned) => {
    const { shown } = await play(attack)
    const sent = shown.find(({ raw }) => raw.equals(pinned()?.raw ?? Buffer.of()))
    expect(sent).toBeDefined()
    expect(shown[0]?.issuer).toBe(sent?.subject)
    expect(sent && shown[0]?.verify(sent.publicKey)).toBe(false)
  })

  test.each(['walk-dn-collision-int', 'walk-dn-collision-leaf', 'walk-dn-collision-root'])(
    '%s makes OpenSSL’s own name check take the second certificate for the issuer of the first',
    async (attack) => {
      const [first, second] = (await play(attack)).shown
      expect(second && first?.checkIssued(second)).toBe(true)
      expect(second && first?.verify(second.publicKey)).toBe(false)
    },
  )

  test('walk-dn-collision-leaf sends a certificate of the pinned key, which has expired', async () => {
    const { shown } = await play('walk-dn-collision-leaf')
    expect(shown.map(({ publicKey }) => publicKey.equals(genuine()[0]?.publicKey ?? publicKey))).toEqual([
      false,
      true,
      false,
    ])
    expect(shown[1]?.validToDate.getTime()).toBeLessThan(Date.now())
  })
})

describe('a walk by signatures', () => {
  test.each([
    ['ca-bit-switch', false],
    ['pathlen-switch', true],
  ])('of %s leads to the pinned authority, over a certificate whose CA bit is %s', async (attack, ca) => {
    const { shown } = await play(attack)
    expect(shown.slice(1).map((signer, index) => shown[index]?.verify(signer.publicKey))).toEqual([true, true])
    expect(shown[1]?.ca).toBe(ca)
    expect(shown[2]?.raw.equals(genuine()[1]?.raw ?? Buffer.of())).toBe(true)
  })
})

test('pin-by-dn has subject, issuer and serial number of the genuine leaf, and another key', async () => {
  const [shown] = (await play('pin-by-dn')).shown
  const [real] = genuine()
  const features = (one?: X509Certificate) => [one?.subject, one?.issuer, one?.serialNumber, one?.subjectAltName]
  expect(features(shown)).toEqual(features(real))
  expect(pinOfCertificate(String(shown))).not.toBe(pinOfCertificate(String(real)))
})

test('expired-genuine-stolen-key shows a certificate that the lab’s authority signed over the pinned key', async () => {
  const [shown] = (await play('expired-genuine-stolen-key')).shown
  const [real, intermediate] = genuine()
  expect(pinOfCertificate(String(shown))).toBe(pinOfCertificate(String(real)))
  expect(intermediate && shown?.verify(intermediate.publicKey)).toBe(true)
})

test('weak-key shows RSA of 1024 bits, weak-signature SHA-1, and long-validity-10y ten years', async () => {
  const leafOf = async (attack: string) => (await play(attack)).shown[0]
  const [weak, sha1, long] = [
    await leafOf('weak-key'),
    await leafOf('weak-signature'),
    await leafOf('long-validity-10y'),
  ]
  expect(weak?.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024)
  expect(sha1?.signatureAlgorithm).toMatch(/sha1/i)
  expect(((long?.validToDate.getTime() ?? 0) - (long?.validFromDate.getTime() ?? 0)) / DAY).toBeGreaterThan(3650)
})

// In a real lab the device meets the genuine host too: its own authorities must not get in each other's way.
test('a device that trusts every namesake still reaches the genuine host', async () => {
  const ca = [...['leaf', 'intermediate', 'root'].map(namesake), lab.material.root.chain]
  expect((await ask(lab.genuine.port, { ca })).status).toBe(200)
})
