import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credentials } from '#certs/credentials.ts'
import type { Material } from '#certs/material.ts'
import { writeFileAtomically } from '#kit/files.ts'
import type { IdentitySources } from '#proxy/hot-reload.ts'

/** The proxy's own folder as `npm run certs` lays it out, in a temporary place. */
export async function proxyFolder(material: Material) {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'))
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string) => writeFileAtomically(at(name), text, 0o600)
  const writePair = async (prefix: '' | 'api-', { chain, key }: Credentials) => {
    await write(`${prefix}key.pem`, key)
    await write(`${prefix}cert.pem`, chain)
  }
  await writePair('', material.proxySelfSigned)
  await writePair('api-', material.proxyCaSigned)
  await write('attestation-secret', `${material.attestationSecret}\n`)
  await write('upstream-authorities.pem', material.root.chain)
  const identities: IdentitySources = {
    selfSigned: { kind: 'files', cert: at('cert.pem'), key: at('key.pem') },
    caSigned: { kind: 'files', cert: at('api-cert.pem'), key: at('api-key.pem') },
  }
  const settings = {
    PROXY_CERT: at('cert.pem'),
    PROXY_KEY: at('key.pem'),
    PROXY_API_CERT: at('api-cert.pem'),
    PROXY_API_KEY: at('api-key.pem'),
    PROXY_ATTESTATION_SECRET_FILE: at('attestation-secret'),
    PROXY_UPSTREAM_AUTHORITIES: at('upstream-authorities.pem'),
  }
  return {
    folder,
    at,
    write,
    writePair,
    identities,
    settings,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
