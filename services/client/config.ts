import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { type Env, hostAndPort, logLevel, milliseconds, onOff, port, readSettings, text } from '#kit/env.ts'

const generated = (name: string) => fileURLToPath(new URL(`../../certs/generated/client/${name}`, import.meta.url))

export const settings = {
  CLIENT_CERT: v.optional(text, generated('cert.pem')),
  CLIENT_PINS: v.optional(text, generated('pins.json')),
  CLIENT_DEVICE_AUTHORITIES: v.optional(text, generated('device-authorities.pem')),
  CLIENT_ATTACKER_AUTHORITY: v.optional(text, generated('attacker-authority.pem')),
  CLIENT_ATTESTATION_ADDRESS: v.optional(hostAndPort, '127.0.0.1:8444'),
  CLIENT_ATTESTATION_AUTHORITIES: v.optional(text, generated('device-authorities.pem')),
  CLIENT_TOKEN_BINDING: v.optional(onOff, 'off'),
  CLIENT_PROXY_HOST: v.optional(text, '127.0.0.1'),
  CLIENT_API_PORT: v.optional(port, '8080'),
  CLIENT_TIMEOUT: v.optional(milliseconds, '10000'),
  CLIENT_LOG_LEVEL: v.optional(logLevel, 'info'),
  CLIENT_BACKSTAGE_HOST: v.optional(text, '127.0.0.1'),
  CLIENT_BACKSTAGE_PORT: v.optional(port, '9443'),
  CLIENT_BACKSTAGE_TOKEN_FILE: v.optional(text, generated('backstage-token')),
} as const

/** @throws LabError SETTINGS_INVALID */
export function clientConfig(env: Env) {
  const given = readSettings(env, 'CLIENT_', settings)
  return {
    certificate: given.CLIENT_CERT,
    pins: given.CLIENT_PINS,
    deviceAuthorities: given.CLIENT_DEVICE_AUTHORITIES,
    attackerAuthority: given.CLIENT_ATTACKER_AUTHORITY,
    attestation: {
      address: given.CLIENT_ATTESTATION_ADDRESS,
      authorities: given.CLIENT_ATTESTATION_AUTHORITIES,
      bound: given.CLIENT_TOKEN_BINDING,
    },
    /** Who answers on the explicit-proxy road. */
    proxyHost: given.CLIENT_PROXY_HOST,
    /** Where the API listens, for that road: on the other one the order says it. */
    apiPort: given.CLIENT_API_PORT,
    timeout: given.CLIENT_TIMEOUT,
    logLevel: given.CLIENT_LOG_LEVEL,
    backstage: {
      host: given.CLIENT_BACKSTAGE_HOST,
      port: given.CLIENT_BACKSTAGE_PORT,
      tokenFile: given.CLIENT_BACKSTAGE_TOKEN_FILE,
    },
  }
}

export type ClientSettings = ReturnType<typeof clientConfig>
