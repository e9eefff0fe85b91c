import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endLeftovers } from './leftovers.ts'
import { authoritiesIn, type NamedAuthority } from './trust-store/authorities.ts'
import { folderTrustStore } from './trust-store/folder.ts'
import { jksTrustStore } from './trust-store/jks.ts'
import { pkcs12TrustStore } from './trust-store/pkcs12.ts'

/** Trust stores and certificates as files, for programs that want files. */
export interface WorldFiles extends AsyncDisposable {
  /** Each gives a path. @param authorities PEM */
  ca(authorities: readonly string[]): Promise<string>
  pkcs12(authorities: readonly string[]): Promise<string>
  jks(authorities: readonly string[]): Promise<string>
  folder(authorities: readonly string[]): Promise<string>
  certificate(pem: string): Promise<string>
}

/**
 * A temporary folder, in which each file is made once, when it is first asked for. All of it is public knowledge. When it goes, so does what programs
 * that were told of it have left running. */
export async function createWorldFiles(): Promise<WorldFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-world-'))
  const made = new Map<string, Promise<string>>()
  const once = (name: string, content: string, write: (path: string) => Promise<void>) => {
    const path = join(folder, `${createHash('sha256').update(content).digest('hex').slice(0, 16)}-${name}`)
    const known = made.get(path)
    if (known) return known
    const making = write(path).then(() => path)
    made.set(path, making)
    return making
  }
  const bundle = (authorities: readonly string[]) =>
    authorities
      .map((pem) => pem.trimEnd())
      .join('\n')
      .concat('\n')
  const text = (name: string, content: string) => once(name, content, (path) => writeFile(path, content))
  const store = (name: string, pems: readonly string[], make: (authorities: readonly NamedAuthority[]) => Buffer) =>
    once(name, bundle(pems), (path) => writeFile(path, make(authoritiesIn(pems))))
  return {
    ca: (authorities) => text('ca.pem', bundle(authorities)),
    certificate: (pem) => text('cert.pem', pem),
    pkcs12: (authorities) => store('ca.p12', authorities, pkcs12TrustStore),
    jks: (authorities) => store('ca.jks', authorities, jksTrustStore),
    folder: (authorities) => once('ca', bundle(authorities), (path) => fillFolder(path, authorities)),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(made.values())
      await endLeftovers(folder)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function fillFolder(path: string, pems: readonly string[]): Promise<void> {
  await mkdir(path)
  const files = folderTrustStore(authoritiesIn(pems))
  await Promise.all([...files].map(([name, pem]) => writeFile(join(path, name), pem)))
}
