import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { count, type Env, logLevel, port, readSettings, text } from '#kit/env.ts'
import { readTextFile } from '#kit/files.ts'
import { NASA_LIMITS, type NasaConfig } from './nasa.ts'

const generated = (name: string) => fileURLToPath(new URL(`../../certs/generated/nasa/${name}`, import.meta.url))

export const settings = {
  STANDIN_HOST: v.optional(text, '127.0.0.1'),
  STANDIN_PORT: v.optional(port, '8443'),
  STANDIN_LOG_LEVEL: v.optional(logLevel, 'info'),
  STANDIN_CERT_FILE: v.optional(text, generated('cert.pem')),
  STANDIN_KEY_FILE: v.optional(text, generated('key.pem')),
  STANDIN_API_KEYS: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(',').map((key) => key.trim())),
      v.check(
        (keys) => keys.every((key) => /^[\w-]{1,128}$/.test(key)),
        'keys are letters, digits, - and _, parted by commas',
      ),
    ),
    'LAB_KEY',
  ),
  STANDIN_HOURLY_LIMIT: v.optional(count, String(NASA_LIMITS.hourly)),
  STANDIN_DEMO_HOURLY_LIMIT: v.optional(count, String(NASA_LIMITS.demoHourly)),
  STANDIN_DEMO_DAILY_LIMIT: v.optional(count, String(NASA_LIMITS.demoDaily)),
}

export interface NasaSettings extends Omit<NasaConfig, 'tls'> {
  readonly logLevel: string
  readonly files: { readonly cert: string; readonly key: string }
}

/** @throws LabError SETTINGS_INVALID */
export function nasaConfig(env: Env): NasaSettings {
  const given = readSettings(env, 'STANDIN_', settings)
  return {
    host: given.STANDIN_HOST,
    port: given.STANDIN_PORT,
    logLevel: given.STANDIN_LOG_LEVEL,
    files: { cert: given.STANDIN_CERT_FILE, key: given.STANDIN_KEY_FILE },
    apiKeys: given.STANDIN_API_KEYS,
    limits: {
      hourly: given.STANDIN_HOURLY_LIMIT,
      demoHourly: given.STANDIN_DEMO_HOURLY_LIMIT,
      demoDaily: given.STANDIN_DEMO_DAILY_LIMIT,
    },
  }
}

/** @throws LabError CANNOT_READ */
export async function readPair({ cert, key }: NasaSettings['files']): Promise<NasaConfig['tls']> {
  const hint = 'make it: npm run certs; or set STANDIN_CERT_FILE and STANDIN_KEY_FILE'
  const [chain, secret] = await Promise.all([
    readTextFile(cert, "the stand-in's certificate", hint),
    readTextFile(key, "the stand-in's key", hint),
  ])
  return { chain, key: secret }
}
