import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Trust stores and certificates as files, for programs that want files. */
export interface WorldFiles extends AsyncDisposable {
  /** Each gives a path. @param authorities PEM */
  ca(authorities: readonly string[]): Promise<string>
  pkcs12(authorities: readonly string[]): Promise<string>
  jks(authorities: readonly string[]): Promise<string>
  folder(authorities: readonly string[]): Promise<string>
  certificate(pem: string): Promise<string>
}

/** A temporary folder, in which each file is made once, when it is first asked for. All of it is public knowledge. */
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
  return {
    ca: (authorities) => text('ca.pem', bundle(authorities)),
    certificate: (pem) => text('cert.pem', pem),
    pkcs12: (authorities) => text('ca.p12', bundle(authorities)),
    jks: (authorities) => text('ca.jks', bundle(authorities)),
    folder: (authorities) => text('ca', bundle(authorities)),
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(made.values())
      await rm(folder, { recursive: true, force: true })
    },
  }
}
