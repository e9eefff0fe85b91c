import * as v from 'valibot'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import type { Shipped } from './client.ts'

/** The shape of pins.json, at every border where it comes in. */
export const Pins = v.array(v.object({ host: v.pipe(v.string(), v.nonEmpty()), pins: v.array(v.string()) }))

const HINT = 'make it: npm run certs'

/**
 * What lies beside the app in files.
 * @throws LabError CANNOT_READ, PINS_UNREADABLE
 */
export async function readShipped(files: { certificate: string; pins: string }): Promise<Shipped> {
  const [certificate, pins] = await Promise.all([
    readTextFile(files.certificate, 'the certificate that the client ships with', HINT),
    readTextFile(files.pins, 'the pins that the client ships with', HINT),
  ])
  return { certificate, pins: parsePins(pins, files.pins) }
}

/** @throws LabError CANNOT_READ */
export async function readAuthorities(path: string): Promise<readonly string[]> {
  return [await readTextFile(path, 'the authorities that the device trusts', HINT)]
}

function parsePins(content: string, path: string): Shipped['pins'] {
  try {
    return v.parse(Pins, JSON.parse(content))
  } catch (error) {
    throw new LabError('PINS_UNREADABLE', `${path} is not a list of hosts and their pins`, {
      details: [error instanceof Error ? error.message : String(error)],
      hint: 'it looks like this: [{"host": "api.lab.test", "pins": ["sha256/…", "sha256/…"]}]',
      cause: error,
    })
  }
}
