import { LabError } from '#kit/error.ts'
import { nearest } from '#kit/nearest.ts'

/** What stands in a command for a value of the play, and what it stands for. */
export const PLACEHOLDERS = {
  url: 'the address to ask, https://localhost:PORT/PATH',
  host: 'its host name',
  port: 'its port',
  path: 'its path and query',
  ca: 'a PEM file with the authorities that the device trusts in this play',
  'ca:pkcs12': 'the same as a PKCS#12 trust store, password "changeit"',
  'ca:jks': 'the same as a Java trust store (JKS), password "changeit"',
  'ca:dir': 'the same as a folder of one file each, named by OpenSSL’s hash',
  pin: 'the pin of the API’s key: sha256/BASE64 over its SubjectPublicKeyInfo',
  'pin:okhttp': 'the same, as OkHttp’s CertificatePinner takes it',
  'pin:curl': 'current and backup key, as curl --pinnedpubkey takes them',
  'pin:trustkit': 'the same as TrustKit takes it: BASE64',
  'pin:hex': 'the same in hexadecimal digits',
  'pin:backup': 'the pin of the backup key: sha256/BASE64',
  cert: 'a PEM file with the API’s certificate as it was when the app was made',
  proxy: 'the proxy on the proxy road, http://127.0.0.1:PORT; empty on the other',
  token: 'an attestation token for this visit',
} as const
export type Placeholder = keyof typeof PLACEHOLDERS

/** What stands for each placeholder; made only when it is asked for. */
export type Values = Readonly<Record<Placeholder, () => string | Promise<string>>>

const FORM = /\{([a-z][a-z0-9]*(?::[a-z0-9]+)?)\}/g

/**
 * The placeholders in a text, each once.
 * @throws LabError PLACEHOLDER_UNKNOWN with the list
 */
export function placeholdersIn(text: string): Placeholder[] {
  const names = [...new Set([...text.matchAll(FORM)].map(([, name = '']) => name))]
  const wrong = names.find((name) => !isPlaceholder(name))
  if (wrong !== undefined) {
    const all = Object.keys(PLACEHOLDERS)
    const near = nearest(wrong, all)
    throw new LabError('PLACEHOLDER_UNKNOWN', `{${wrong}} stands for nothing`, {
      hint: `${near ? `did you mean {${near}}? ` : ''}all of them: ${all.map((name) => `{${name}}`).join(' ')}`,
    })
  }
  return names.filter(isPlaceholder)
}

/** The text with every placeholder replaced. */
export async function fill(text: string, values: Values): Promise<string> {
  const wanted = placeholdersIn(text)
  const found = new Map(await Promise.all(wanted.map(async (name) => [name, await values[name]()] as const)))
  return text.replace(FORM, (whole, name: string) => (isPlaceholder(name) ? (found.get(name) ?? whole) : whole))
}

/** `LAB_PIN_OKHTTP` for `{pin:okhttp}`. */
export function variableOf(name: Placeholder): string {
  return `LAB_${name.toUpperCase().replace(':', '_')}`
}

function isPlaceholder(name: string): name is Placeholder {
  return name in PLACEHOLDERS
}
