import * as v from 'valibot'
import { LabError } from './error.ts'

/** The shape of pins.json, at every border where it comes in. */
export const PinsFile = v.array(
  v.object({
    host: v.pipe(v.string(), v.nonEmpty()),
    pins: v.array(v.string()),
    authorities: v.exactOptional(v.array(v.string())),
  }),
)

/**
 * Its shape alone: whether a pin is one is for who uses it to say.
 * @throws LabError PINS_UNREADABLE
 */
export function parsePins(content: string, path: string): v.InferOutput<typeof PinsFile> {
  try {
    return v.parse(PinsFile, JSON.parse(content))
  } catch (error) {
    throw new LabError('PINS_UNREADABLE', `${path} is not a list of hosts and their pins`, {
      details: [error instanceof Error ? error.message : String(error)],
      hint: 'it looks like this: [{"host": "api.lab.test", "pins": ["sha256/…", "sha256/…"]}]; npm run certs makes it',
      cause: error,
    })
  }
}
