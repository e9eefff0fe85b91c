import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { type Credentials, certificatesOf } from '#certs/credentials.ts'
import type { Material } from '#certs/material.ts'
import { type Deployment, type KeyChoice, renew } from '#certs/rotation.ts'
import { HOST_OF } from '#client/catalogue.ts'
import { LabError } from '#kit/error.ts'
import type { FrontOptions } from './front.ts'

/** The genuine host in ways that its owner may choose: what a sound client must go on with, or must notice. */
export type GenuineSetup =
  | 'rotated-same-key'
  | 'rotated-backup-key'
  | 'rotated-new-key'
  | 'root-sent'
  | 'junk-sent'
  | 'tls12'
  | 'http2'
  | 'redirects-same-host'
  | 'redirects-clear'
  | 'redirects-elsewhere'
  | 'redirects-there-and-back'

export interface Setup {
  /** A sentence that is true of the host. */
  readonly title: string
  /** What it shows; the deployment's own credentials when absent. */
  readonly credentials?: (owner: Owner) => Promise<Credentials>
  readonly behaviour?: Pick<FrontOptions, 'tls' | 'http2' | 'redirect'>
  /** Those for which it means something; all when absent. */
  readonly suits?: Deployment
}

/** Whose host it is: what they have, and what they could have. */
export interface Owner {
  readonly deployment: Deployment
  readonly now: Date
  /** PEM: the authority above the host, where there is one */
  readonly root: string
  readonly current: Credentials
  renewed(key: KeyChoice): Promise<Credentials>
}

/** The owner who has all of the material. */
export function ownerOf(material: Material, deployment: Deployment, now: Date): Owner {
  const pair = deployment === 'ca-signed' ? 'proxyCaSigned' : 'proxySelfSigned'
  return {
    ...{ deployment, now, root: material.root.chain, current: material[pair] },
    renewed: async (key) => (await renew(material, { deployment, now, key }))[pair],
  }
}

/**
 * All that a front needs but its upstream, which it expects to show what the owner has.
 * @throws LabError GENUINE_UNSUITED when the set-up means nothing for the deployment
 */
export async function frontFor(setup: GenuineSetup, owner: Owner): Promise<Omit<FrontOptions, 'upstream'>> {
  const { deployment, root, current } = owner
  const { credentials, behaviour } = GENUINE_SETUPS[setup]
  if (!suits(setup, deployment)) {
    throw new LabError(
      'GENUINE_UNSUITED',
      `the genuine host's set-up '${setup}' means nothing when it is ${deployment}`,
      {
        hint: 'docs/lab.md says which set-up suits which deployment',
      },
    )
  }
  return {
    credentials: credentials ? await credentials(owner) : current,
    host: HOST_OF[deployment],
    authorities: [deployment === 'ca-signed' ? root : current.chain],
    ...behaviour,
  }
}

/** Whether the set-up means something for a host that is deployed so. */
export function suits(setup: GenuineSetup | 'enforces', deployment: Deployment): boolean {
  // That is the API's, and it has both deployments.
  if (setup === 'enforces') return true
  return (GENUINE_SETUPS[setup].suits ?? deployment) === deployment
}

export const GENUINE_SETUPS: Readonly<Record<GenuineSetup, Setup>> = {
  'rotated-same-key': {
    title: 'Its certificate was renewed, with the key it had.',
    credentials: (owner) => owner.renewed('same'),
  },
  'rotated-backup-key': {
    title: 'Its certificate was renewed, with the backup key that clients hold a pin of.',
    credentials: (owner) => owner.renewed('backup'),
  },
  'rotated-new-key': {
    title: 'Its certificate was renewed with a key that nobody pinned: an outage of its own making.',
    credentials: (owner) => owner.renewed('new'),
  },
  'root-sent': {
    title: 'It sends its root too, which nobody needs.',
    suits: 'ca-signed',
    credentials: async ({ current, root }) => withMore(current, [root]),
  },
  'junk-sent': {
    title: 'It sends certificates that have nothing to do with it, and in no order.',
    credentials: littered,
  },
  tls12: { title: 'It speaks no newer TLS than 1.2.', behaviour: { tls: { maxVersion: 'TLSv1.2' } } },
  http2: { title: 'It speaks HTTP/2 with those who can.', behaviour: { http2: true } },
  'redirects-same-host': {
    title: 'It redirects to another path of its own.',
    behaviour: { redirect: { status: 307, to: 'same-host' } },
  },
  'redirects-clear': {
    title: 'It redirects to itself without TLS.',
    behaviour: { redirect: { status: 307, to: 'clear' } },
  },
  'redirects-elsewhere': {
    title: 'It redirects to a host of the attacker’s, as an open redirect does.',
    behaviour: { redirect: { status: 307, to: 'elsewhere' } },
  },
  'redirects-there-and-back': {
    title: 'It redirects to a host of the attacker’s, and whoever asks it under that name to its own.',
    behaviour: { redirect: { status: 307, to: 'there-and-back' } },
  },
}

/** Some servers' files have grown for years. The leaf stays first (RFC 8446 section 4.4.2), what signs it comes last. */
async function littered({ now, current }: Owner): Promise<Credentials> {
  const validity = lasting(now, 365)
  const stranger = await createAuthority({ name: 'A Root From Another Project', validity })
  const other = await issue({ names: ['another-project.test'], validity, signedBy: stranger })
  const { key, chain } = current
  const [leaf = '', ...signers] = certificatesOf(chain)
  return { key, chain: [leaf, stranger.chain, other.chain, ...signers.reverse()].join('') }
}

function withMore({ key, chain }: Credentials, more: readonly string[]): Credentials {
  return { key, chain: [chain, ...more].join('') }
}
