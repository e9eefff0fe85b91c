import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { type Env, hostAndPort, logLevel, onOff, port, readSettings, text } from '#kit/env.ts'

const FOLDER = fileURLToPath(new URL('../certs/generated/attacker/', import.meta.url))

/** `8444=attestation:8444,…` */
const relays = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').map((one) => one.trim())),
  v.array(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,5}=./, 'a relay is listenPort=host:port, and a comma stands between two'),
      v.transform((relay) => {
        const at = relay.indexOf('=')
        return { port: relay.slice(0, at), upstream: relay.slice(at + 1) }
      }),
      v.object({ port, upstream: hostAndPort }),
    ),
  ),
)

const names = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').map((one) => one.trim())),
  v.check((list) => list.every((one) => /^[^\s/]+$/.test(one)), 'it is not a list of hosts: a.example,10.0.0.5'),
)

export const settings = {
  ATTACKER_HOST: v.optional(text, '127.0.0.1'),
  ATTACKER_PUBLIC: v.optional(onOff, 'off'),
  ATTACKER_LOG_LEVEL: v.optional(logLevel, 'info'),
  ATTACKER_BACKSTAGE_HOST: v.optional(text, '127.0.0.1'),
  ATTACKER_BACKSTAGE_PORT: v.optional(port, '9444'),
  ATTACKER_BACKSTAGE_TOKEN_FILE: v.optional(text),
  /** Where the attacker keeps what is its own. */
  ATTACKER_FOLDER: v.optional(text, FOLDER),
  ATTACKER_RELAYS: v.optional(relays),
  ATTACKER_REACHES: v.optional(names),
} as const

/** @throws LabError SETTINGS_INVALID */
export function attackerConfig(env: Env) {
  const given = readSettings(env, 'ATTACKER_', settings)
  return {
    host: given.ATTACKER_HOST,
    public: given.ATTACKER_PUBLIC,
    reaches: given.ATTACKER_REACHES ?? [],
    logLevel: given.ATTACKER_LOG_LEVEL,
    folder: given.ATTACKER_FOLDER,
    relays: given.ATTACKER_RELAYS ?? [],
    backstage: {
      host: given.ATTACKER_BACKSTAGE_HOST,
      port: given.ATTACKER_BACKSTAGE_PORT,
      tokenFile: given.ATTACKER_BACKSTAGE_TOKEN_FILE ?? join(given.ATTACKER_FOLDER, 'backstage-token'),
    },
  }
}

export type AttackerConfig = ReturnType<typeof attackerConfig>
