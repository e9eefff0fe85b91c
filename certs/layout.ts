import { FINDS, type Find } from './find-names.ts'
import { attackersAuthorities, findOf } from './finds.ts'
import { credentialsOf, type Material } from './material.ts'
import { PAIRS, type PairName } from './pieces.ts'

/** One file below `certs/generated/`. The first part of its path is the party: in Compose its only volume. */
export interface GeneratedFile {
  readonly path: string
  /** Readable by its owner alone. */
  readonly secret: boolean
  readonly content: (material: Material) => string
}

/** Where each pair is read back from: its private key and its chain. */
export const PAIR_FILES: Readonly<Record<PairName, { readonly key: string; readonly chain: string }>> = {
  root: { key: 'authority/root-key.pem', chain: 'authority/root.pem' },
  intermediate: { key: 'authority/intermediate-key.pem', chain: 'authority/intermediate.pem' },
  proxySelfSigned: { key: 'proxy/key.pem', chain: 'proxy/cert.pem' },
  proxyCaSigned: { key: 'proxy/api-key.pem', chain: 'proxy/api-cert.pem' },
  nasa: { key: 'nasa/key.pem', chain: 'nasa/cert.pem' },
  attestation: { key: 'attestation/key.pem', chain: 'attestation/cert.pem' },
  trustedAuthority: { key: 'attacker/trusted-authority-key.pem', chain: 'attacker/trusted-authority.pem' },
  otherHost: { key: 'attacker/other-host-key.pem', chain: 'attacker/other-host.pem' },
}

/** Where each secret that is not a pair is read back from: the first of these that is there. */
export const SECRET_FILES = {
  backupSelfSigned: ['authority/backup-key.pem'],
  backupCaSigned: ['authority/api-backup-key.pem'],
  attestationSecret: ['proxy/attestation-secret', 'attestation/attestation-secret'],
  clientToken: ['client/backstage-token', 'lab/client-backstage-token'],
  attackerToken: ['attacker/backstage-token', 'lab/attacker-backstage-token'],
  certsToken: ['certs/backstage-token', 'lab/certs-backstage-token'],
} as const

/** Where each certificate that comes the attacker's way is. */
export const fileOfFind = (name: Find) => `attacker/${name}.pem`

export const PROVIDED_AUTHORITY_FILE = 'authority/provided-authority.pem'

/** Every file that the material becomes, and nothing else. */
export function generatedFiles(material: Material): GeneratedFile[] {
  const files = [...PAIR_CONTENTS, ...FOUND, ...TRUST, ...SECRETS]
  return material.providedAuthority === undefined ? files : [...files, PROVIDED_AUTHORITY]
}

/** What is inside an app that has been built: left alone when the server is renewed behind its back. */
export const SHIPPED_FILES = [
  'client/cert.pem',
  'client/pins.json',
  'attestation/client-cert.pem',
  'attestation/pins.json',
  'lab/pins.json',
]

const open = (path: string, content: GeneratedFile['content']) => ({ path, secret: false, content })
const secret = (path: string, content: GeneratedFile['content']) => ({ path, secret: true, content })

const PAIR_CONTENTS = PAIRS.flatMap((name) => [
  secret(PAIR_FILES[name].key, (material) => credentialsOf(material, name).key),
  open(PAIR_FILES[name].chain, (material) => credentialsOf(material, name).chain),
])

const FOUND = FINDS.map((name) => open(fileOfFind(name), (material) => findOf(material, name)))

const pinsJson = ({ shipped }: Material) => `${JSON.stringify(shipped.pins, null, 2)}\n`

const TRUST = [
  open('proxy/upstream-authorities.pem', ({ root }) => root.chain),
  open('client/device-authorities.pem', ({ root, providedAuthority = '' }) => root.chain + providedAuthority),
  open('client/attacker-authority.pem', attackersAuthorities),
  open('client/cert.pem', ({ shipped }) => shipped.certificate),
  open('client/pins.json', pinsJson),
  open('attestation/client-cert.pem', ({ shipped }) => shipped.certificate),
  open('attestation/pins.json', pinsJson),
  open('lab/pins.json', pinsJson),
]

const SECRETS = [
  secret('authority/backup-key.pem', ({ backupKeys }) => backupKeys.selfSigned),
  secret('authority/api-backup-key.pem', ({ backupKeys }) => backupKeys.caSigned),
  secret('proxy/attestation-secret', ({ attestationSecret }) => attestationSecret),
  secret('attestation/attestation-secret', ({ attestationSecret }) => attestationSecret),
  secret('client/backstage-token', ({ backstageTokens }) => backstageTokens.client),
  secret('attacker/backstage-token', ({ backstageTokens }) => backstageTokens.attacker),
  secret('certs/backstage-token', ({ backstageTokens }) => backstageTokens.certs),
  secret('lab/client-backstage-token', ({ backstageTokens }) => backstageTokens.client),
  secret('lab/attacker-backstage-token', ({ backstageTokens }) => backstageTokens.attacker),
  secret('lab/certs-backstage-token', ({ backstageTokens }) => backstageTokens.certs),
  // The keys that an attack may "steal": the lab hands them over, the attacker cannot reach them.
  secret('lab/key.pem', ({ proxySelfSigned }) => proxySelfSigned.key),
  secret('lab/api-key.pem', ({ proxyCaSigned }) => proxyCaSigned.key),
]

const PROVIDED_AUTHORITY = open(PROVIDED_AUTHORITY_FILE, ({ providedAuthority = '' }) => providedAuthority)
