import { X509Certificate } from 'node:crypto'
import { HOST_OF } from '#client/catalogue.ts'
import type { Client, Shipped } from '#client/client.ts'
import type { Check } from '#kit/check.ts'

export const PINS = ['certificate-pin', 'key-pin', 'authority-pin'] as const satisfies readonly Check[]

/** Something that a client insists on. */
export interface PinHeld {
  readonly by: (typeof PINS)[number]
  /** `sha256/…` of a public key, or the fingerprint of a whole certificate (SHA-256, with colons). */
  readonly value: string
}

/** Of what every app was shipped with, that which this client says it checks, for the host that it calls. */
export function pinsHeld(
  { checks, deployment }: Pick<Client, 'checks' | 'deployment'>,
  { certificate, pins }: Partial<Shipped>,
): PinHeld[] {
  const host = pins?.find((entry) => entry.host === HOST_OF[deployment])
  const values = {
    'certificate-pin': certificate === undefined ? [] : [new X509Certificate(certificate).fingerprint256],
    'key-pin': host?.pins ?? [],
    'authority-pin': host?.authorities ?? [],
  }
  return PINS.filter((by) => checks.includes(by)).flatMap((by) => values[by].map((value) => ({ by, value })))
}
