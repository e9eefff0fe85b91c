import { stat } from 'node:fs/promises'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { measureApp, trustAsText } from '#kit/measure.ts'
import { parsePins } from '#kit/pins-file.ts'

/** Where the app is, as its makers ship it. */
export interface ShippedApp {
  readonly folder: string
  /** pins.json */
  readonly pins: string
  /** cert.pem */
  readonly certificate: string
}

/**
 * The measurement that the app will make of itself when it starts.
 * @throws LabError CANNOT_READ, PINS_UNREADABLE
 */
export async function measureShipped(app: ShippedApp): Promise<string> {
  const hint = 'make them: npm run certs'
  const found = await stat(app.folder).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new LabError('CANNOT_READ', `cannot read the app from ${app.folder}: there is no such folder`)
  }
  const [pins, certificate] = await Promise.all([
    readTextFile(app.pins, 'the pins that the app ships with', hint),
    readTextFile(app.certificate, 'the certificate that the app ships with', hint),
  ])
  return await measureApp(app.folder, trustAsText({ certificate, pins: parsePins(pins, app.pins) }))
}
