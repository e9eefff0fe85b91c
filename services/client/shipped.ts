import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { parsePins } from '#kit/pins-file.ts'
import type { Shipped } from './client.ts'

const HINT = 'make it: npm run certs'

/**
 * What lies beside the app in files.
 * @throws LabError CANNOT_READ, CERTIFICATE_INVALID, PINS_UNREADABLE
 */
export async function readShipped(files: { certificate: string; pins: string }): Promise<Shipped> {
  const [certificate, pins] = await Promise.all([
    readCertificates(files.certificate, 'the certificate that the client ships with'),
    readTextFile(files.pins, 'the pins that the client ships with', HINT),
  ])
  return { certificate, pins: parsePins(pins, files.pins) }
}

/** @throws LabError CANNOT_READ, CERTIFICATE_INVALID */
export async function readAuthorities(path: string): Promise<readonly string[]> {
  return [await readCertificates(path, 'the authorities that the device trusts')]
}

// Node takes any text for authorities and trusts nobody then, which would look like a refusal of the server.
async function readCertificates(path: string, what: string): Promise<string> {
  const text = await readTextFile(path, what, HINT)
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new LabError('CERTIFICATE_INVALID', `there is no PEM certificate in ${path}: ${what} should be there`, {
    hint: HINT,
  })
}
