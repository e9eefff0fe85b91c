import { createPublicKey, X509Certificate } from 'node:crypto'
import { HOSTS } from '#kit/names.ts'
import { isSelfIssued } from './authority.ts'
import { type CertificatePlan, makeCertificate, type Validity } from './certificate.ts'
import { type Credentials, certificatesOf, leafOf } from './credentials.ts'
import type { Find } from './find-names.ts'
import { spkiOf } from './key.ts'
import type { Material } from './material.ts'

/** PEM, leaf first, as a server would send it. Made when first asked for; one of an earlier generation is kept where it still fits. */
export function findOf(material: Material, name: Find): string {
  const known = made.get(material) ?? {}
  made.set(material, known)
  known[name] ??= name === 'public-root' ? material.root.chain : makeFind(material, name)
  return known[name]
}

const made = new WeakMap<Material, Partial<Record<Find, string>>>()

/** All authorities of the attacker's that a device trusts once it trusts the attacker, PEM. */
export function attackersAuthorities(material: Material): string {
  const namesakes = (['namesake-leaf', 'namesake-intermediate', 'namesake-root'] as const).map((name) =>
    findOf(material, name),
  )
  return [material.attacker.trustedAuthority.chain, ...namesakes].join('')
}

function makeFind(material: Material, name: Exclude<Find, 'public-root'>): string {
  const plan = PLANS[name](material)
  const earlier = material.earlierFinds?.[name]
  return earlier !== undefined && fits(earlier, plan) ? earlier : makeCertificate(plan) + above(plan)
}

const PLANS: Readonly<Record<Exclude<Find, 'public-root'>, (material: Material) => CertificatePlan>> = {
  'namesake-leaf': (material) => namesake(material, material.proxyCaSigned),
  'namesake-intermediate': (material) => namesake(material, material.intermediate),
  'namesake-root': (material) => namesake(material, material.root),
  'careless-leaf': (material) => ({
    ...{ ...careless(material), role: 'leaf' },
    irregular: { keyUsage: null, alternativeNames: [{ dns: HOSTS.evil }] },
  }),
  'careless-authority': (material) => ({
    ...{ ...careless(material), role: 'intermediate' },
    irregular: { alternativeNames: null },
  }),
  'former-api.lab.test': ({ proxyCaSigned, intermediate }) => ({ ...former(proxyCaSigned), signedBy: intermediate }),
  'former-proxy.lab.test': ({ proxySelfSigned }) => former(proxySelfSigned),
}

function namesake({ attacker: { trustedAuthority } }: Material, of: Credentials): CertificatePlan {
  return {
    ...{ role: 'root', subject: { copiedFrom: leafOf(of.chain) }, key: trustedAuthority.key },
    ...{ validity: datesOf(trustedAuthority.chain), irregular: { alternativeNames: null } },
  }
}

function careless({ attacker: { trustedAuthority, otherHost }, intermediate }: Material) {
  return {
    ...{ subject: { copiedFrom: trustedAuthority.chain }, key: trustedAuthority.key },
    ...{ signedBy: intermediate, validity: datesOf(otherHost.chain) },
  }
}

function former({ key, chain }: Credentials): CertificatePlan {
  return {
    ...{ role: 'leaf', subject: { copiedFrom: leafOf(chain) }, key, validity: theYearBefore(chain) },
    // Allowed: RFC 5280 section 4.2.1.3 asks authorities alone for a keyUsage.
    irregular: { keyUsage: null },
  }
}

/** The signer as it would be sent along: without its root. */
function above({ signedBy }: CertificatePlan): string {
  const signers = certificatesOf(signedBy?.chain ?? '')
  return signers.filter((pem) => !isSelfIssued(pem)).join('')
}

function fits(chain: string, plan: CertificatePlan): boolean {
  try {
    const certificate = new X509Certificate(leafOf(chain))
    const signer = spkiOf(plan.signedBy?.key ?? plan.key)
    const { from, until } = plan.validity
    const model = 'copiedFrom' in plan.subject ? new X509Certificate(plan.subject.copiedFrom).subject : undefined
    return (
      chain === leafOf(chain) + above(plan) &&
      certificate.subject === model &&
      certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spkiOf(plan.key)) &&
      certificate.verify(createPublicKey({ key: signer, type: 'spki', format: 'der' })) &&
      Number(certificate.validFromDate) === Number(from) &&
      Number(certificate.validToDate) === Number(until)
    )
  } catch {
    return false
  }
}

const YEAR = 365 * 24 * 60 * 60 * 1000

// Dates follow from those of other certificates, so that a second generation plans the same ones.
function datesOf(chain: string): Validity {
  const { validFromDate, validToDate } = new X509Certificate(leafOf(chain))
  return { from: validFromDate, until: validToDate }
}

function theYearBefore(chain: string): Validity {
  const { from } = datesOf(chain)
  return { from: new Date(from.getTime() - YEAR), until: from }
}
