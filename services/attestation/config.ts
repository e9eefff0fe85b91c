import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { type Env, logLevel, milliseconds, onOff, port, readSettings, text } from '#kit/env.ts'

const generated = (path: string) => fileURLToPath(new URL(`../../certs/generated/${path}`, import.meta.url))

export const settings = {
  ATTESTATION_HOST: v.optional(text, '127.0.0.1'),
  ATTESTATION_PORT: v.optional(port, '8444'),
  ATTESTATION_LOG_LEVEL: v.optional(logLevel, 'info'),
  ATTESTATION_CERT: v.optional(text, generated('attestation/cert.pem')),
  ATTESTATION_KEY: v.optional(text, generated('attestation/key.pem')),
  ATTESTATION_SECRET_FILE: v.optional(text, generated('attestation/attestation-secret')),
  ATTESTATION_TOKEN_LIFE: v.optional(milliseconds, '300000'),
  ATTESTATION_REGISTERED: v.optional(text, generated('attestation/registered.json')),
  ATTESTATION_REGISTER_SHIPPED: v.optional(onOff, 'off'),
  ATTESTATION_SHIPPED_FOLDER: v.optional(text, fileURLToPath(new URL('../client/', import.meta.url))),
  ATTESTATION_SHIPPED_PINS: v.optional(text, generated('attestation/pins.json')),
  ATTESTATION_SHIPPED_CERT: v.optional(text, generated('attestation/client-cert.pem')),
} as const

/** @throws LabError SETTINGS_INVALID */
export function attestationConfig(env: Env) {
  const given = readSettings(env, 'ATTESTATION_', settings)
  return {
    host: given.ATTESTATION_HOST,
    port: given.ATTESTATION_PORT,
    logLevel: given.ATTESTATION_LOG_LEVEL,
    certificate: given.ATTESTATION_CERT,
    key: given.ATTESTATION_KEY,
    secretFile: given.ATTESTATION_SECRET_FILE,
    tokenLife: given.ATTESTATION_TOKEN_LIFE,
    registered: given.ATTESTATION_REGISTERED,
    registerShipped: given.ATTESTATION_REGISTER_SHIPPED,
    shipped: {
      folder: given.ATTESTATION_SHIPPED_FOLDER,
      pins: given.ATTESTATION_SHIPPED_PINS,
      certificate: given.ATTESTATION_SHIPPED_CERT,
    },
  }
}

export type AttestationSettings = ReturnType<typeof attestationConfig>
