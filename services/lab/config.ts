import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { type Env, hostAndPort, readSettings, text } from '#kit/env.ts'

const folder = (name: string) => fileURLToPath(new URL(`../../certs/generated/lab/${name}`, import.meta.url))

/** What the lab needs to know to work the containers' control ports. */
export const settings = {
  LAB_ATTACKER: v.optional(hostAndPort, 'attacker:9444'),
  LAB_CLIENT: v.optional(hostAndPort, 'client:9443'),
  /** Where the proxy really is, as the attacker reaches it. */
  LAB_PROXY: v.optional(hostAndPort, 'proxy:8080'),
  /** Where one is that turns away what cannot attest itself. */
  LAB_ENFORCING_PROXY: v.optional(hostAndPort, 'enforcing-proxy:8080'),
  /** Who has the genuine host's keys, and renews them. */
  LAB_CERTS: v.optional(hostAndPort, 'certs:9445'),
  LAB_ATTACKER_TOKEN_FILE: v.optional(text, folder('attacker-backstage-token')),
  LAB_CLIENT_TOKEN_FILE: v.optional(text, folder('client-backstage-token')),
  LAB_CERTS_TOKEN_FILE: v.optional(text, folder('certs-backstage-token')),
  /** The keys that an attack may steal. */
  LAB_API_KEY_FILE: v.optional(text, folder('api-key.pem')),
  LAB_SELF_SIGNED_KEY_FILE: v.optional(text, folder('key.pem')),
  /** What the app was shipped with: the reports say what each client insists on. */
  LAB_PINS_FILE: v.optional(text, folder('pins.json')),
  /** Shown at the end, for a person to open. */
  LAB_API_ADDRESS: v.optional(text, 'https://localhost:8080'),
  /** Where the dashboard's port is published. */
  LAB_DASHBOARD_ADDRESS: v.optional(text, 'http://127.0.0.1:8088'),
}

export type LabConfig = ReturnType<typeof labConfig>

export function labConfig(env: Env) {
  const read = readSettings(env, 'LAB_', settings)
  return {
    attacker: { ...read.LAB_ATTACKER, tokenFile: read.LAB_ATTACKER_TOKEN_FILE },
    client: { ...read.LAB_CLIENT, tokenFile: read.LAB_CLIENT_TOKEN_FILE },
    certs: { ...read.LAB_CERTS, tokenFile: read.LAB_CERTS_TOKEN_FILE },
    proxy: read.LAB_PROXY,
    enforcingProxy: read.LAB_ENFORCING_PROXY,
    stealable: { 'ca-signed': read.LAB_API_KEY_FILE, 'self-signed': read.LAB_SELF_SIGNED_KEY_FILE },
    pinsFile: read.LAB_PINS_FILE,
    apiAddress: read.LAB_API_ADDRESS,
    dashboardAddress: read.LAB_DASHBOARD_ADDRESS,
  }
}
