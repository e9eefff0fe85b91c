import { X509Certificate } from 'node:crypto'
import { LabError } from '#kit/error.ts'
import { createAuthority, issue } from './authority.ts'
import { lasting, makeCertificate, type Validity } from './certificate.ts'
import { type Credentials, certificatesOf, leafOf } from './credentials.ts'
import { newKey } from './key.ts'

/** What the world gave the attacker beyond public knowledge. JSON, so that it can travel to a container. */
export interface Loot {
  /** An authority that the device trusts: key and certificate are the attacker's. */
  readonly trustedAuthority?: Credentials
  /** An honest certificate, from the authority that everybody trusts, for a name that the attacker owns. */
  readonly otherHost?: Credentials
  /** Private keys taken from their owners, PKCS#8 PEM by host name. */
  readonly stolenKeys?: Readonly<Record<string, string>>
}

/** Who signs a forged leaf: an authority of the attacker's that the device trusts, or one that it has never heard of. */
export type Signer = 'trusted' | 'stranger'

export interface ForgedShape {
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** The attacker's own fresh key when absent. */
  readonly key?: 'own' | 'stolen'
}

/** Everything an attack needs to dress up as `host`. Forged once per run and shared between plays. */
export interface Forger {
  signedBy(signer: Signer, host: string, shape?: ForgedShape): Promise<Credentials>
  /** Same subject, names and dates as the genuine leaf, signed by its own key. */
  lookalike(host: string): Promise<Credentials>
  otherHost(): Credentials
  /** The chain that the genuine host sends, PEM, leaf first: public knowledge. */
  genuineChain(host: string): Promise<string>
  /** `base` with further certificates (PEM) appended to what is sent. */
  append(base: Credentials, certificates: string): Credentials
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
  return {
    now,
    genuineChain: genuine,
    signedBy: (signer, host, shape = {}) =>
      once(JSON.stringify([signer, host, shape]), async () => {
        const authority = await authorities[signer]()
        const key = shape.key === 'stolen' ? stolenKey(loot, host) : await ownKey()
        const forged = await issue({ names: [host], key, signedBy: authority, validity: dates(now, shape) })
        // Unlike an honest server, an attacker sends its root along: a careless client may take it from there.
        return append(forged, leafOf(authority.chain))
      }),
    lookalike: (host) => once(`lookalike ${host}`, async () => copyOf(await genuine(host), await ownKey())),
    otherHost: () => loot.otherHost ?? missing('an honest certificate for another host'),
    append,
  }
}

const LEAF_DAYS = 90

function dates(now: Date, { notBefore, notAfter }: ForgedShape): Validity {
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
