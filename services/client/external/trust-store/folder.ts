import type { NamedAuthority } from './authorities.ts'
import { subjectHash } from './subject-hash.ts'

/**
 * The files of a folder as OpenSSL's CApath wants it, name and PEM: `HASH.0`, and `HASH.1` for another authority of the
 * same name.
 */
export function folderTrustStore(authorities: readonly NamedAuthority[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const { certificate } of authorities) {
    const hash = subjectHash(certificate)
    let rank = 0
    while (files.has(`${hash}.${rank}`)) rank += 1
    files.set(`${hash}.${rank}`, certificate.toString())
  }
  return files
}
