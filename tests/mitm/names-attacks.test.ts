import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { AsnConvert } from '@peculiar/asn1-schema'
import * as asn1 from '@peculiar/asn1-x509'
import { type Credentials, certificatesOf } from '#certs/credentials.ts'
import { createForger, type Forger } from '#certs/forger.ts'
import { ask, genuineHost, HOST, pictureOfTheDay, refusal, tunnel, type World, world } from './world.ts'

let lab: World
let forger: Forger
beforeAll(async () => {
  lab = await world()
  const { proxyCaSigned } = lab.material
  forger = createForger({ loot: lab.loot, genuineChain: async () => proxyCaSigned.chain, now: new Date() })
})
afterAll(async () => {
  await lab[Symbol.asyncDispose]()
})

/** The authorities of a device that has the attacker's installed. */
const trusting = () => [lab.material.root.chain, lab.material.attacker.trustedAuthority.chain]

/** What a strict client, which asks for HOST, says of an attack; and the chain that it was shown. */
async function strict(attack: string) {
  const { play, port } = await lab.attacker.arm(lab.order({ attack }))
  const refused = await refusal(ask(port, { ca: trusting() }))
  const { applicationBytes, presented = '' } = await lab.attacker.evidence(play)
  return { refused, applicationBytes, presented }
}

/** The same client's word on a chain of the same shape in which nothing is wrong. */
async function control(credentials: Credentials): Promise<string | undefined> {
  await using host = await genuineHost(credentials, pictureOfTheDay)
  return await refusal(ask(host.port, { ca: trusting() }))
}

type Name = { dns: string } | { ip: string } | { uri: string }

/** Common name and alternative names as they are in the DER, without anybody's way of printing them. */
function namesIn(chain: string) {
  const { raw } = new X509Certificate(chain)
  const { subject, extensions = [] } = AsnConvert.parse(raw, asn1.Certificate).tbsCertificate
  const [commonName] = subject.flatMap((part) => part.filter(({ type }) => type === '2.5.4.3'))
  const found = extensions.find(({ extnID }) => extnID === asn1.id_ce_subjectAltName)
  const names = found && AsnConvert.parse(found.extnValue, asn1.SubjectAlternativeName)
  return {
    commonName: commonName?.value.toString(),
    names:
      names &&
      [...names].map(({ dNSName, iPAddress, uniformResourceIdentifier }): Name => {
        if (dNSName !== undefined) return { dns: dNSName }
        return iPAddress === undefined ? { uri: uniformResourceIdentifier ?? '' } : { ip: iPAddress }
      }),
  }
}

const EVIL = 'evil.lab.test'
const REFUSED = 'ERR_TLS_CERT_ALTNAME_INVALID'

// `node`: what Node 24 says; undefined where it accepts.
const NAMES: readonly { attack: string; commonName: string; names: readonly Name[] | undefined; node?: string }[] = [
  { attack: 'cn-only-no-san', commonName: HOST, names: undefined },
  { attack: 'cn-right-san-ip-only', commonName: HOST, names: [{ ip: '192.0.2.1' }] },
  { attack: 'cn-right-san-wrong', commonName: HOST, names: [{ dns: EVIL }], node: REFUSED },
  { attack: 'nul-byte-san', commonName: EVIL, names: [{ dns: `${HOST}\0.${EVIL}` }], node: REFUSED },
  { attack: 'nul-byte-cn', commonName: `${HOST}\0.${EVIL}`, names: undefined, node: REFUSED },
  { attack: 'san-string-injection', commonName: EVIL, names: [{ dns: `${EVIL}, DNS:${HOST}` }], node: REFUSED },
  { attack: 'uri-san', commonName: EVIL, names: [{ uri: `https://${HOST}/` }], node: REFUSED },
  { attack: 'wildcard-partial', commonName: HOST, names: [{ dns: 'a*i.lab.test' }] },
  { attack: 'wildcard-public-suffix-like', commonName: HOST, names: [{ dns: '*.lab.test' }] },
  { attack: 'wildcard-too-wide', commonName: HOST, names: [{ dns: '*.test' }], node: REFUSED },
  { attack: 'parent-domain', commonName: 'lab.test', names: [{ dns: 'lab.test' }], node: REFUSED },
  { attack: 'sub-domain', commonName: `x.${HOST}`, names: [{ dns: `x.${HOST}` }], node: REFUSED },
  { attack: 'ip-as-dns-san', commonName: '127.0.0.1', names: [{ dns: '127.0.0.1' }], node: REFUSED },
  { attack: 'no-sni-default-cert', commonName: '127.0.0.1', names: [{ ip: '127.0.0.1' }], node: REFUSED },
  { attack: 'host-case', commonName: HOST, names: [{ dns: HOST }] },
  { attack: 'host-trailing-dot', commonName: HOST, names: [{ dns: HOST }] },
  { attack: 'subdomain-gap', commonName: `deep.${HOST}`, names: [{ dns: `deep.${HOST}` }], node: REFUSED },
  { attack: 'suffix-confusion', commonName: `evil${HOST}`, names: [{ dns: `evil${HOST}` }], node: REFUSED },
]

describe('a certificate with odd names, from an authority that the device trusts', () => {
  test.each(NAMES)(
    '$attack shows the names that it speaks of, and Node says $node',
    async ({ attack, node, ...names }) => {
      const seen = await strict(attack)
      expect(namesIn(seen.presented)).toEqual(names)
      expect(seen.refused).toBe(node)
      expect(seen.applicationBytes > 0).toBe(node === undefined)
    },
  )

  test('the control: the same authority and key, with the host as its one name, is accepted', async () => {
    const irregular = { alternativeNames: [{ dns: HOST }] }
    expect(await control(await forger.signedBy('trusted', HOST, { commonName: EVIL, irregular }))).toBeUndefined()
  })
})

test('same-pinned-ca-other-host shows the very chain of the genuine host above another leaf', async () => {
  const { presented, refused, applicationBytes } = await strict('same-pinned-ca-other-host')
  const [leaf = '', ...above] = certificatesOf(presented)
  const [genuine = '', ...genuineAbove] = certificatesOf(lab.material.proxyCaSigned.chain)
  const fingerprints = (pems: string[]) => pems.map((pem) => new X509Certificate(pem).fingerprint256)
  expect(fingerprints(above)).toEqual(fingerprints(genuineAbove))
  expect(above.length).toBeGreaterThan(0)
  expect(leaf).not.toBe(genuine)
  expect(new X509Certificate(leaf).verify(new X509Certificate(above[0] ?? '').publicKey)).toBe(true)
  expect({ refused, applicationBytes }).toEqual({ refused: REFUSED, applicationBytes: 0 })
  expect(await control(lab.material.proxyCaSigned)).toBeUndefined()
})

describe('a chain that vouches for nobody', () => {
  test('bad-signature names the genuine issuer, which has not signed it', async () => {
    const { presented, ...seen } = await strict('bad-signature')
    const [leaf, issuer] = certificatesOf(presented).map((pem) => new X509Certificate(pem))
    const genuine = new X509Certificate(lab.material.proxyCaSigned.chain)
    expect(leaf?.issuer).toBe(genuine.issuer)
    expect(issuer?.subject).toBe(genuine.issuer)
    expect([leaf, genuine].map((one) => issuer && one?.verify(issuer.publicKey))).toEqual([false, true])
    expect(seen).toEqual({ refused: 'CERT_SIGNATURE_FAILURE', applicationBytes: 0 })
    const signed = forger.signedBy(lab.material.intermediate, HOST, { irregular: { keyIdentifiers: null } })
    expect(await control(await signed)).toBeUndefined()
  })

  test('ca-same-dn-other-key is signed by a namesake of the genuine issuer with another key', async () => {
    const { presented, ...seen } = await strict('ca-same-dn-other-key')
    const [leaf, namesake] = certificatesOf(presented).map((pem) => new X509Certificate(pem))
    const issuer = new X509Certificate(lab.material.intermediate.chain)
    expect(namesake?.subject).toBe(issuer.subject)
    expect(namesake?.publicKey.equals(issuer.publicKey)).toBe(false)
    expect(namesake && leaf?.verify(namesake.publicKey)).toBe(true)
    expect(seen).toEqual({ refused: 'SELF_SIGNED_CERT_IN_CHAIN', applicationBytes: 0 })
    expect(await control(await forger.signedBy(lab.material.intermediate, HOST))).toBeUndefined()
  })

  test('leaf-as-ca is signed by an honest certificate that is no authority', async () => {
    const { presented, ...seen } = await strict('leaf-as-ca')
    const [leaf, signer] = certificatesOf(presented).map((pem) => new X509Certificate(pem))
    expect(signer?.checkHost(EVIL)).toBe(EVIL)
    expect(signer?.ca).toBe(false)
    expect(signer && leaf?.verify(signer.publicKey)).toBe(true)
    expect(seen).toEqual({ refused: 'UNSPECIFIED', applicationBytes: 0 })
    const authority = await forger.authority({ commonName: EVIL, signedBy: 'trusted' })
    expect(await control(await forger.signedBy(authority, HOST))).toBeUndefined()
  })

  test('missing-intermediate sends the leaf alone, and with what is missing it is accepted', async () => {
    const { presented, ...seen } = await strict('missing-intermediate')
    expect(certificatesOf(presented)).toHaveLength(1)
    expect(seen).toEqual({ refused: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', applicationBytes: 0 })
    const intermediate = await forger.authority({ commonName: 'Branch Office Authority', signedBy: 'trusted' })
    expect(await control(await forger.signedBy(intermediate, HOST))).toBeUndefined()
  })
})

test.each([
  ['suffix-confusion', `evil${HOST}`, HOST],
  ['subdomain-gap', `deep.${HOST}`, HOST],
  ['no-sni-default-cert', '127.0.0.1', HOST],
  ['trusted-authority', HOST, `evil${HOST}`],
])('on the proxy road %s leads to %s, and to nothing else', async (attack, spelt, other) => {
  const { play, port } = await lab.attacker.arm(lab.order({ attack, road: 'proxy' }))
  const [granted, refused] = [await tunnel(port, `${spelt}:443`), await tunnel(port, `${other}:443`)]
  granted.socket.destroy()
  refused.socket.destroy()
  await lab.attacker.evidence(play)
  expect([granted.answer, refused.answer].map((answer) => answer.slice(0, 12))).toEqual([
    'HTTP/1.1 200',
    'HTTP/1.1 403',
  ])
})
