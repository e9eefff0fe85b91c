import { X509Certificate } from 'node:crypto'
import { LabError } from '#kit/error.ts'
import { HOSTS } from '#kit/names.ts'
import { createAuthority } from './authority.ts'
import { lasting, makeCertificate, type Validity } from './certificate.ts'
import { type Credentials, certificatesOf, leafOf } from './credentials.ts'
import type { Irregularities, Role } from './extensions.ts'
import type { Find } from './find-names.ts'
import { newKey, newWeakKey } from './key.ts'

/** What the world gave the attacker beyond public knowledge. JSON, so that it can travel to a container. */
export interface Loot {
  /** An authority that the device trusts: key and certificate are the attacker's. */
  readonly trustedAuthority?: Credentials
  /** An honest certificate, from the authority that everybody trusts, for a name that the attacker owns. */
  readonly otherHost?: Credentials
  /** Private keys taken from their owners, PKCS#8 PEM by host name. */
  readonly stolenKeys?: Readonly<Record<string, string>>
  /** Certificates that came its way, PEM. */
  readonly finds?: Readonly<Partial<Record<Find, string>>>
}

/** Who signs a forged leaf: an authority of the attacker's that the device trusts, or one that it has never heard of. */
export type Signer = 'trusted' | 'stranger'

export interface ForgedShape {
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** The attacker's own fresh key when absent. */
  readonly key?: 'own' | 'stolen' | 'weak'
  /** The host's name when absent. */
  readonly commonName?: string
  /** A certificate (PEM) whose subject and names are copied byte for byte. */
  readonly subjectOf?: string
  /** What is wrong with it. */
  readonly irregular?: Irregularities
}

export interface ForgedAuthority extends ForgedShape {
  readonly commonName: string
  /** Somebody's authority above it; absent: a root. */
  readonly signedBy?: Signer | Credentials
}

/** Everything an attack needs to dress up as `host`. Forged once per run and shared between plays. */
export interface Forger {
  /** A leaf for `host`, and the whole chain above it, root included. */
  signedBy(signer: Signer | Credentials, host: string, shape?: ForgedShape): Promise<Credentials>
  /** An authority of the attacker's own making, with a key of its own. */
  authority(plan: ForgedAuthority): Promise<Credentials>
  /** A leaf that signs itself. */
  selfSigned(host: string, shape?: ForgedShape): Promise<Credentials>
  /** Same subject, names and dates as the genuine leaf, signed by its own key. */
  lookalike(host: string): Promise<Credentials>
  otherHost(): Credentials
  /** For the attacker's own site: its honest certificate, or one from the authority that the device trusts. */
  ownSite(): Credentials | Promise<Credentials>
  /** An authority that the device trusts, over the trusted authority's key, named like a certificate of the genuine chain. */
  namesake(of: 'leaf' | 'intermediate' | 'root'): Credentials
  /** What an honest authority should not have signed as it did: over the trusted authority's name and key, PEM. */
  careless(as: 'leaf' | 'authority'): string
  /** The certificate that the host had before, over the key that it has now: public knowledge, PEM. */
  former(host: string): string
  /** The root above the genuine chain, PEM: public knowledge too. */
  publicRoot(): string
  /** The private key taken from the host, with a chain (PEM) that goes with it. */
  stolen(host: string, chain: string): Credentials
  /** The chain that the genuine host sends, PEM, leaf first: public knowledge. */
  genuineChain(host: string): Promise<string>
  /** `base` with further certificates (PEM) appended to what is sent. */
  append(base: Credentials, certificates: string): Credentials
  /** The leaf of `base`, and after it these certificates (PEM) instead of what stood there. */
  sending(base: Credentials, certificates: string): Credentials
  readonly now: Date
}

export interface ForgerOptions {
  readonly loot: Loot
  /** Asks the genuine host for the chain that it sends: PEM, leaf first. */
  readonly genuineChain: (host: string) => Promise<string>
  readonly now: Date
}

/** @throws LabError LOOT_MISSING, from its functions, when an attack uses what the world did not give */
export function createForger({ loot, genuineChain, now }: ForgerOptions): Forger {
  const once = memoise()
  const ownKey = () => once('own key', () => newKey())
  const genuine = (host: string) => once(`genuine ${host}`, () => genuineChain(host))
  const authorities: Record<Signer, () => Promise<Credentials>> = {
    trusted: async () => loot.trustedAuthority ?? missing('an authority that the device trusts'),
    stranger: () => once('stranger', () => createAuthority({ name: 'Wayside Root', validity: lasting(now, 3650) })),
  }
  const keyFor = (which: ForgedShape['key'], host: string) => {
    if (which === 'stolen') return stolenKey(loot, host)
    return which === 'weak' ? once('weak key', newWeakKey) : ownKey()
  }
  const find = (name: Find) => loot.finds?.[name] ?? missing(`what the lab calls ${name}`)
  const signer = (who: Signer | Credentials) => (typeof who === 'string' ? authorities[who]() : who)
  const leaf = (host: string, shape: ForgedShape, who?: Signer | Credentials) =>
    once(JSON.stringify(['leaf', host, shape, who]), async () => {
      const key = await keyFor(shape.key, host)
      return forge({ ...shape, role: 'leaf', key, now, names: [host], name: host }, who && (await signer(who)))
    })
  return {
    now,
    genuineChain: genuine,
    signedBy: (who, host, shape = {}) => leaf(host, shape, who),
    selfSigned: (host, shape = {}) => leaf(host, shape),
    authority: (plan) =>
      once(JSON.stringify(['authority', plan]), async () => {
        const above = plan.signedBy && (await signer(plan.signedBy))
        const role = above ? 'intermediate' : 'root'
        return forge({ ...plan, role, key: await newKey(), now, names: [], name: plan.commonName }, above)
      }),
    lookalike: (host) => once(`lookalike ${host}`, async () => copyOf(await genuine(host), await ownKey())),
    namesake: (of) => ({
      key: (loot.trustedAuthority ?? missing('an authority that the device trusts')).key,
      chain: find(`namesake-${of}`),
    }),
    careless: (as) => find(`careless-${as}`),
    former: (host) => find(host === HOSTS.proxy ? 'former-proxy.lab.test' : 'former-api.lab.test'),
    publicRoot: () => find('public-root'),
    stolen: (host, chain) => ({ key: stolenKey(loot, host), chain }),
    otherHost: () => loot.otherHost ?? missing('an honest certificate for another host'),
    ownSite: () => loot.otherHost ?? leaf(HOSTS.evil, {}, 'trusted'),
    append,
    sending: ({ key, chain }, certificates) => append({ key, chain: leafOf(chain) }, certificates),
  }
}

interface Forgery extends Omit<ForgedShape, 'key'> {
  readonly role: Role
  readonly key: string
  readonly now: Date
  readonly names: readonly string[]
  readonly name: string
}

/** Unlike an honest server, an attacker sends its root along: a careless client may take it from there. */
function forge(plan: Forgery, signedBy?: Credentials): Credentials {
  const { role, key, names, subjectOf, irregular } = plan
  const certificate = makeCertificate({
    ...{ role, key, names },
    subject: subjectOf === undefined ? { name: plan.commonName ?? plan.name } : { copiedFrom: subjectOf },
    validity: dates(plan.now, plan),
    ...(signedBy && { signedBy }),
    ...(irregular && { irregular }),
  })
  return { key, chain: certificate + (signedBy?.chain ?? '') }
}

const LEAF_DAYS = 90

function dates(now: Date, { notBefore, notAfter }: Pick<ForgedShape, 'notBefore' | 'notAfter'>): Validity {
  const usual = lasting(now, LEAF_DAYS)
  return { from: notBefore ?? usual.from, until: notAfter ?? usual.until }
}

function copyOf(chain: string, key: string): Credentials {
  const copiedFrom = leafOf(chain)
  const { validFromDate, validToDate } = new X509Certificate(copiedFrom)
  const validity = { from: validFromDate, until: validToDate }
  return { key, chain: makeCertificate({ role: 'leaf', subject: { copiedFrom }, validity, key }) }
}

function append(base: Credentials, certificates: string): Credentials {
  return { key: base.key, chain: base.chain + certificatesOf(certificates).join('') }
}

function stolenKey(loot: Loot, host: string): string {
  return loot.stolenKeys?.[host] ?? missing(`the private key of ${host}`)
}

function missing(what: string): never {
  throw new LabError('LOOT_MISSING', `the attack uses ${what}, but its world did not give the attacker one`, {
    kind: 'failure',
    hint: "compare the attack's `holds` with what its `present` asks of the forger",
  })
}

/** Calls that ask for the same thing share one promise; a failure is forgotten, so that the next call tries again. */
function memoise(): <T>(key: string, make: () => Promise<T>) => Promise<T> {
  const made = new Map<string, Promise<unknown>>()
  return <T>(key: string, make: () => Promise<T>) => {
    const known = made.get(key)
    // A key is only ever used with one kind of thing.
    if (known) return known as Promise<T>
    const promise = make()
    made.set(key, promise)
    promise.catch(() => made.delete(key))
    return promise
  }
}
