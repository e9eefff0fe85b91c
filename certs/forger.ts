import type { Credentials } from './credentials.ts'

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
