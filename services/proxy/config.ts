import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { count, type Env, hostAndPort, logLevel, milliseconds, onOff, port, readSettings, text } from '#kit/env.ts'
import { codeOf, LabError } from '#kit/error.ts'
import { NASA_HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'
import type { IdentitySources } from './hot-reload.ts'
import { certificatesIn, identityOf } from './identity.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'

/** Where the upstream is: the stand-in's address, asked for under NASA's names, or the real NASA. */
export type UpstreamPlace =
  | {
      readonly kind: 'standin'
      readonly address: { readonly host: string; readonly port: number }
      /** PEM; the only authorities that are trusted. */
      readonly authorities: string
    }
  | { readonly kind: 'real' }

export interface ProxyConfig {
  readonly host?: string
  /** 0 picks a free port. */
  readonly port?: number
  readonly identities: IdentitySources
  readonly upstream: UpstreamPlace
  readonly nasaKey: Secret
  readonly attestation: { readonly secret: Secret; readonly enforce: boolean; readonly binding?: boolean }
  /** Lower case; NASA's two when absent. */
  readonly allowedHosts?: readonly string[]
  /** Believe Forwarded and X-Forwarded-Host: only behind a reverse proxy that writes them. */
  readonly trustForwarded?: boolean
  readonly limits?: Partial<Limits>
}

/** The stand-in takes this key; the real NASA doesn't. */
const LAB_KEY = 'LAB_KEY'

const generated = (name: string) => fileURLToPath(new URL(`../../certs/generated/proxy/${name}`, import.meta.url))
// No address: certificates and SNI are about names, and the last label of one is never all digits.
const HOST_NAME = /^(?=.{1,253}$)(?!.*\.\d+$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/

const hosts = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').map((host) => host.trim().toLowerCase())),
  v.check((list) => list.every((host) => HOST_NAME.test(host)), 'it is not a list of host names: a.example,b.example'),
)

export const settings = {
  PROXY_HOST: v.optional(text, '127.0.0.1'),
  PROXY_PORT: v.optional(port, '8080'),
  PROXY_LOG_LEVEL: v.optional(logLevel, 'info'),
  PROXY_CERT: v.optional(text, generated('cert.pem')),
  PROXY_KEY: v.optional(text, generated('key.pem')),
  PROXY_API_CERT: v.optional(text, generated('api-cert.pem')),
  PROXY_API_KEY: v.optional(text, generated('api-key.pem')),
  PROXY_UPSTREAM: v.optional(v.picklist(['standin', 'real'], "it is either 'standin' or 'real'"), 'standin'),
  PROXY_STANDIN_ADDRESS: v.optional(hostAndPort, '127.0.0.1:8443'),
  PROXY_UPSTREAM_AUTHORITIES: v.optional(text, generated('upstream-authorities.pem')),
  NASA_API_KEY: v.optional(
    v.pipe(v.string(), v.regex(/^[\w-]{6,128}$/, 'a NASA key is 6 to 128 letters, digits, - and _')),
  ),
  PROXY_ALLOWED_HOSTS: v.optional(hosts, `${NASA_HOSTS.api},${NASA_HOSTS.pictures}`),
  PROXY_ATTESTATION_SECRET_FILE: v.optional(text, generated('attestation-secret')),
  PROXY_ENFORCE_ATTESTATION: v.optional(onOff, 'off'),
  PROXY_TOKEN_BINDING: v.optional(onOff, 'off'),
  PROXY_TRUST_FORWARDED: v.optional(onOff, 'off'),
  PROXY_CONNECT_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.connectMs)),
  PROXY_FIRST_BYTE_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.firstByteMs)),
  PROXY_IDLE_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.idleMs)),
  PROXY_CLIENT_IDLE_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.clientIdleMs)),
  PROXY_HANDSHAKE_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.handshakeMs)),
  PROXY_HEADERS_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.headersMs)),
  PROXY_REQUEST_TIMEOUT_MS: v.optional(milliseconds, String(DEFAULT_LIMITS.requestMs)),
  PROXY_MAX_CONNECTIONS: v.optional(
    v.pipe(count, v.minValue(1, 'nobody could connect')),
    String(DEFAULT_LIMITS.connections),
  ),
  PROXY_GRACE_MS: v.optional(milliseconds, '2000'),
  PROXY_BODY_LIMIT_BYTES: v.optional(count, String(DEFAULT_LIMITS.bodyBytes)),
  PROXY_JSON_LIMIT_BYTES: v.optional(count, String(DEFAULT_LIMITS.jsonBytes)),
}

const FILES = {
  PROXY_CERT: 'the certificate',
  PROXY_KEY: 'the key',
  PROXY_API_CERT: 'the certificate of the CA-signed pair',
  PROXY_API_KEY: 'the key of the CA-signed pair',
  PROXY_UPSTREAM_AUTHORITIES: 'the authorities that vouch for the stand-in',
  PROXY_ATTESTATION_SECRET_FILE: 'the secret shared with the attestation service',
} as const

type FileSetting = keyof typeof FILES
type Parsed = ReturnType<typeof parse>

/** What a program needs to know besides. */
export interface ProxySettings extends ProxyConfig {
  readonly logLevel: string
  /** How long answers that are under way may take to end once the program is told to, ms. */
  readonly graceMs: number
}

/** @throws LabError SETTINGS_INVALID naming everything that is wrong, with settings and with the files they name */
export async function proxyConfig(env: Env, now: Date): Promise<ProxySettings> {
  const complaints: string[] = []
  const parsed = parsedOr(env, complaints)
  const real = env.PROXY_UPSTREAM === 'real'
  if (real && !env.NASA_API_KEY)
    complaints.push('NASA_API_KEY is missing: the real NASA wants a key, see https://api.nasa.gov')
  const files = await readFiles(env, real, complaints)
  complaints.push(...pairComplaints(files, now), ...authorityComplaints(files), ...secretComplaints(files))
  if (!parsed || complaints.length > 0) {
    throw new LabError(
      'SETTINGS_INVALID',
      complaints.length === 1 ? 'a setting is wrong' : `${complaints.length} settings are wrong`,
      {
        details: complaints,
        hint: 'all settings: .env.example; missing files: npm run certs',
      },
    )
  }
  return configFrom(parsed, files)
}

function parse(env: Env) {
  return readSettings(env, 'PROXY_', settings)
}

function parsedOr(env: Env, complaints: string[]): Parsed | undefined {
  try {
    return parse(env)
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    complaints.push(...error.details)
    return undefined
  }
}

type Files = Partial<Record<FileSetting, string>>

// Read apart from the settings, so that a wrong number does not hide a missing file.
async function readFiles(env: Env, real: boolean, complaints: string[]): Promise<Files> {
  const files: Files = {}
  for (const [name, what] of Object.entries(FILES) as [FileSetting, string][]) {
    if (real && name === 'PROXY_UPSTREAM_AUTHORITIES') continue
    const path = pathOf(env, name)
    try {
      files[name] = await readFile(path, 'utf8')
      if (files[name].trim() === '') complaints.push(`${name}: ${what}, ${path}, is empty`)
    } catch (error) {
      const reason = codeOf(error) === 'ENOENT' ? 'there is no such file' : codeOf(error)
      complaints.push(`${name}: ${what} cannot be read from ${path}: ${reason}`)
    }
  }
  return files
}

function pathOf(env: Env, name: FileSetting): string {
  return env[name]?.trim() || settings[name].default
}

function pairComplaints(files: Files, now: Date): string[] {
  const pairs = [
    ['PROXY_CERT', 'PROXY_KEY'],
    ['PROXY_API_CERT', 'PROXY_API_KEY'],
  ] as const
  return pairs.flatMap(([cert, key]) => {
    const [chainText, keyText] = [files[cert], files[key]]
    if (!chainText?.trim() || !keyText?.trim()) return []
    const found = identityOf({ chain: chainText, key: keyText }, now)
    return typeof found === 'string' ? [`${cert} and ${key}: ${found}`] : []
  })
}

// Node takes any text for authorities, and then trusts nobody.
function authorityComplaints({ PROXY_UPSTREAM_AUTHORITIES: text }: Files): string[] {
  if (!text?.trim()) return []
  const found = certificatesIn(text)
  return typeof found === 'string' ? [`PROXY_UPSTREAM_AUTHORITIES: ${found}`] : []
}

function secretComplaints(files: Files): string[] {
  const secret = files.PROXY_ATTESTATION_SECRET_FILE?.trim()
  if (!secret || /^[!-~]{32,}$/.test(secret)) return []
  return ['PROXY_ATTESTATION_SECRET_FILE: the secret is not one line of at least 32 characters']
}

function configFrom(parsed: Parsed, files: Files): ProxySettings {
  return {
    host: parsed.PROXY_HOST,
    port: parsed.PROXY_PORT,
    logLevel: parsed.PROXY_LOG_LEVEL,
    graceMs: parsed.PROXY_GRACE_MS,
    identities: {
      selfSigned: { kind: 'files', cert: parsed.PROXY_CERT, key: parsed.PROXY_KEY },
      caSigned: { kind: 'files', cert: parsed.PROXY_API_CERT, key: parsed.PROXY_API_KEY },
    },
    upstream:
      parsed.PROXY_UPSTREAM === 'real'
        ? { kind: 'real' }
        : {
            kind: 'standin',
            address: parsed.PROXY_STANDIN_ADDRESS,
            authorities: files.PROXY_UPSTREAM_AUTHORITIES ?? '',
          },
    nasaKey: new Secret(parsed.NASA_API_KEY ?? LAB_KEY),
    attestation: {
      secret: new Secret(files.PROXY_ATTESTATION_SECRET_FILE?.trim() ?? ''),
      enforce: parsed.PROXY_ENFORCE_ATTESTATION,
      binding: parsed.PROXY_TOKEN_BINDING,
    },
    allowedHosts: parsed.PROXY_ALLOWED_HOSTS,
    trustForwarded: parsed.PROXY_TRUST_FORWARDED,
    limits: limitsFrom(parsed),
  }
}

function limitsFrom(parsed: Parsed): Limits {
  return {
    connectMs: parsed.PROXY_CONNECT_TIMEOUT_MS,
    firstByteMs: parsed.PROXY_FIRST_BYTE_TIMEOUT_MS,
    idleMs: parsed.PROXY_IDLE_TIMEOUT_MS,
    clientIdleMs: parsed.PROXY_CLIENT_IDLE_TIMEOUT_MS,
    handshakeMs: parsed.PROXY_HANDSHAKE_TIMEOUT_MS,
    headersMs: parsed.PROXY_HEADERS_TIMEOUT_MS,
    requestMs: parsed.PROXY_REQUEST_TIMEOUT_MS,
    connections: parsed.PROXY_MAX_CONNECTIONS,
    bodyBytes: parsed.PROXY_BODY_LIMIT_BYTES,
    jsonBytes: parsed.PROXY_JSON_LIMIT_BYTES,
  }
}
