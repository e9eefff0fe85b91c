import { partOf, sourceFiles } from './architecture.ts'
import { exampleSettings, pages, readText, root, tableRows } from './documents.ts'
import { readSource } from './source.ts'

/** Codes that the lab reads from Node, OpenSSL and undici, not its own. */
const FOREIGN =
  /^(ERR_\w+|UND_ERR_\w+|ABORT_ERR|EAI_\w+|CRL_\w+|UNABLE_TO_\w+|ERROR_IN_\w+|(DEPTH_ZERO_)?SELF_SIGNED_CERT\w*|CERT_(CHAIN_TOO_LONG|HAS_EXPIRED|NOT_YET_VALID|REJECTED|REVOKED|SIGNATURE_FAILURE|UNTRUSTED)|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|OUT_OF_MEM|DEMO_KEY|LAB_KEY)$/

export function issuedCodes(): string[] {
  const settings = new Set(exampleSettings(readText('.env.example')).map(({ name }) => name))
  // A code of one word looks like any other word: those are found only when a page asks for them.
  const codes = wordsInCode().filter((word) => word.includes('_') && !FOREIGN.test(word) && !settings.has(word))
  return [...new Set(codes)].sort()
}

/** The texts in the code that are, or start with, one word in capitals: `'PORT_BUSY'`, `'PORT_BUSY: …'`. */
export function wordsInCode(): string[] {
  return productionFiles()
    .filter((path) => !path.endsWith('/config.ts'))
    .flatMap((path) => readSource(readText(path)).strings)
    .flatMap((text) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:$|: )/.exec(text)?.[1] ?? [])
}

export function documentedCodes(): string[] {
  return pages().flatMap(({ text }) =>
    tableRows(text, 'code').flatMap(([cell = '']) => cell.match(/[A-Z][A-Z0-9_]+/g) ?? []),
  )
}

/** The sources of the parts; tests and benchmarks aside. */
export function productionFiles(): string[] {
  return sourceFiles(root).filter((path) => partOf(path) !== undefined)
}
