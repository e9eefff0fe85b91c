import { isIP } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { type Env, logLevel, port, readSettings, text } from '#kit/env.ts'
import { KEY_TYPES } from './key.ts'

/** A label of letters, digits and hyphens, or a leading `*`. */
const HOST_NAME = /^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

export function isName(name: string): boolean {
  return isIP(name) !== 0 || (name.length <= 253 && HOST_NAME.test(name))
}

/** The dates of a certificate have four digits for the year, and ten years are longer than anything should last. */
export const MAX_DAYS = 3650

export const isDays = (value: string) => /^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_DAYS

const names = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').flatMap((name) => name.trim() || [])),
  v.check((list) => list.every(isName), 'it is not a comma-separated list of host names and IP addresses'),
)

export const settings = {
  CERTS_FOLDER: v.optional(text, fileURLToPath(new URL('./generated', import.meta.url))),
  CERTS_DAYS: v.optional(v.pipe(v.string(), v.check(isDays, `days are a number from 1 to ${MAX_DAYS}`)), '365'),
  CERTS_KEY_TYPE: v.optional(v.picklist(KEY_TYPES, `a key type is one of ${KEY_TYPES.join(', ')}`), 'ec-p256'),
  CERTS_EXTRA_NAMES: v.optional(names, ''),
  CERTS_BACKSTAGE_HOST: v.optional(text, '127.0.0.1'),
  CERTS_BACKSTAGE_PORT: v.optional(port, '9445'),
  CERTS_BACKSTAGE_TOKEN_FILE: v.optional(text),
  CERTS_LOG_LEVEL: v.optional(logLevel, 'info'),
}

export type CertsConfig = ReturnType<typeof certsConfig>

/** @throws LabError SETTINGS_INVALID */
export function certsConfig(env: Env) {
  const read = readSettings(env, 'CERTS_', settings)
  return {
    folder: read.CERTS_FOLDER,
    days: Number(read.CERTS_DAYS),
    keyType: read.CERTS_KEY_TYPE,
    extraNames: read.CERTS_EXTRA_NAMES,
    logLevel: read.CERTS_LOG_LEVEL,
    backstage: {
      host: read.CERTS_BACKSTAGE_HOST,
      port: read.CERTS_BACKSTAGE_PORT,
      /** The one that the lab generated, in the folder, when absent. */
      tokenFile: read.CERTS_BACKSTAGE_TOKEN_FILE,
    },
  }
}
