import { createPrivateKey, X509Certificate } from 'node:crypto'
import { LabError } from '#kit/error.ts'

/** A file that a user named, read as bytes since it may be anything. */
export interface GivenFile {
  readonly path: string
  readonly bytes: Buffer
}

export interface Block {
  /** `CERTIFICATE`, `EC PRIVATE KEY`, … */
  readonly label: string
  readonly text: string
}

/** The complete blocks of a PEM file (RFC 7468), whatever stands around them. */
export function blocksOf({ bytes }: GivenFile): Block[] {
  const found = textOf(bytes).matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)
  return [...found].map(([text, label = '']) => ({ label, text: `${text}\n` }))
}

/**
 * The blocks with a wanted label.
 * @throws LabError PROVIDED_EMPTY, PROVIDED_DER, PROVIDED_TRUNCATED, PROVIDED_NOT_PEM
 */
export function readPem(
  file: GivenFile,
  { what, wanted }: { what: string; wanted: (label: string) => boolean },
): Block[] {
  const { path, bytes } = file
  if (textOf(bytes).trim() === '') {
    throw new LabError('PROVIDED_EMPTY', `${path} is empty`, { hint: `name a PEM file that holds ${what}` })
  }
  const blocks = blocksOf(file)
  if (blocks.length === 0) refuseDer(file)
  if ((textOf(bytes).match(/-----BEGIN [A-Z0-9 ]+-----/g) ?? []).length > blocks.length) {
    throw new LabError('PROVIDED_TRUNCATED', `${path} is cut short: a -----BEGIN line has no -----END line`, {
      hint: 'copy the whole file again, from -----BEGIN to the end of the -----END line',
    })
  }
  const fitting = blocks.filter(({ label }) => wanted(label))
  if (fitting.length > 0) return fitting
  const holds = blocks.length === 0 ? 'no PEM text' : [...new Set(blocks.map(({ label }) => label))].join(', ')
  throw new LabError('PROVIDED_NOT_PEM', `${path} does not hold ${what}: it holds ${holds}`, {
    hint: `name a PEM file with ${what}; its text begins with -----BEGIN`,
  })
}

function refuseDer({ path, bytes }: GivenFile): void {
  const command = commandForDer(path, bytes)
  if (command === undefined) return
  throw new LabError('PROVIDED_DER', `${path} is in binary DER form, and the lab reads PEM`, {
    hint: `turn it into PEM: ${command}`,
  })
}

function commandForDer(path: string, bytes: Buffer): string | undefined {
  if (isDerCertificate(bytes)) return `openssl x509 -inform der -in ${path} -out cert.pem`
  if (isDerKey(bytes)) return `openssl pkey -inform der -in ${path} -out key.pem`
  // A SEQUENCE with a long length, and neither of the two: most likely PKCS#12. No text begins so.
  const sequence = bytes[0] === 0x30 && ((bytes[1] ?? 0) & 0x80) !== 0
  return sequence ? `openssl pkcs12 -in ${path} -nodes -out both.pem` : undefined
}

function isDerCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0
  } catch {
    return false
  }
}

function isDerKey(bytes: Buffer): boolean {
  return (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      return createPrivateKey({ key: bytes, format: 'der', type }).type === 'private'
    } catch {
      return false
    }
  })
}

// Windows editors put a byte order mark first.
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}
