import { createHmac, type KeyLike } from 'node:crypto'
import { randomFrom } from '#lab/order.ts'

/** One that is not the good one, and how it came about. */
export interface Mutated {
  readonly how: string
  readonly token: string
}

export interface Forger {
  /** The token that is altered. */
  readonly good: string
  /** What the good one is signed with: some that are signed with it are no tokens all the same. */
  readonly secret: string
  /** What a stranger knows and may try as a key: the proxy's own certificate above all. */
  readonly known: readonly string[]
}

/** A byte here and there. The same seed makes the same changes. */
export function alteredBytes({ good, known }: Forger, { seed, many }: { seed: number; many: number }): Mutated[] {
  const next = randomFrom(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  // By a stranger, so that no part of it makes another good token.
  const other = signed(good.split('.').slice(0, 2).join('.'), known[0] ?? '')
  const altered: Mutated[] = []
  while (altered.length < many) {
    const changes = Array.from({ length: 1 + below(3) }, () => CHANGES[below(CHANGES.length)] ?? CHANGES[0])
    const token = changes.reduce((so, [, change]) => change(so, { at: below(so.length), below, other }), good)
    if (!isSameHeader(token, good)) altered.push({ how: changes.map(([name]) => name).join(' '), token })
  }
  return altered
}

/** White space around a header's value is no part of it (RFC 9110 section 5.5). */
function isSameHeader(token: string, good: string): boolean {
  return token.replace(/^[ \t]+|[ \t]+$/g, '') === good
}

interface Place {
  readonly at: number
  readonly below: (limit: number) => number
  readonly other: string
}

type Change = (token: string, place: Place) => string

/** What a header's value may hold (RFC 9110 section 5.5). */
const BYTES = ['\t', ...Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i))].concat(
  Array.from({ length: 0x80 }, (_, i) => String.fromCharCode(0x80 + i)),
)
const URL64 = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
const oneOf = (list: readonly string[], below: Place['below']) => list[below(list.length)] ?? ''

const CHANGES: readonly [readonly [string, Change], ...(readonly [string, Change])[]] = [
  ['letter', (token, { at, below }) => token.slice(0, at) + oneOf(URL64, below) + token.slice(at + 1)],
  ['byte', (token, { at, below }) => token.slice(0, at) + oneOf(BYTES, below) + token.slice(at + 1)],
  ['insert', (token, { at, below }) => token.slice(0, at) + oneOf(BYTES, below) + token.slice(at)],
  ['delete', (token, { at, below }) => token.slice(0, at) + token.slice(at + 1 + below(8))],
  ['double', (token, { at, below }) => token.slice(0, at + 1 + below(64)) + token.slice(at)],
  ['cut', (token, { at }) => token.slice(0, at)],
  ['splice', (token, { at, below, other }) => token.slice(0, at) + other.slice(below(other.length))],
  ['swap', (token, { at }) => token.slice(at) + token.slice(0, at)],
  ['last', (token, { below }) => token.slice(0, -1) + oneOf(URL64, below)],
]

/** Those that somebody thought of. */
export function forged(forger: Forger): Mutated[] {
  return [
    ...OTHER_ALGORITHMS.flatMap((alg) => underEachKey(forger, `alg ${JSON.stringify(alg)}`, { alg })),
    ...STRANGE_HEADERS.flatMap((more) => underStrangeKeys(forger, JSON.stringify(more), { alg: 'HS256', ...more })),
    ...CRITICAL.map((more) => withRightKey(forger, JSON.stringify(more), { alg: 'HS256', ...more })),
    ...CLAIMS.map((claims) => ({
      how: claims,
      token: signed(`${encoded('{"alg":"HS256"}')}.${encoded(claims)}`, forger.secret),
    })),
    ...otherForms(forger.good),
    ...laxForms(forger.good),
  ]
}

const encoded = (text: string) => Buffer.from(text).toString('base64url')

function signed(text: string, key: KeyLike | string): string {
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

/** Of no such token is the algorithm ours: not even a right signature makes it good. */
const OTHER_ALGORITHMS = [
  ...[
    'none',
    'None',
    'NONE',
    'nOnE',
    '',
    'HS384',
    'HS512',
    'RS256',
    'PS256',
    'ES256',
    'EdDSA',
    'dir',
    'hs256',
    'HS256 ',
  ],
  ...['HS256\0', 'HS1', 'HMAC', null, 0, true, ['HS256'], { alg: 'HS256' }, undefined],
]

function underEachKey(forger: Forger, how: string, header: object): Mutated[] {
  const right = withRightKey(forger, `${how}, signed right`, header)
  const [head = '', claims = '', signature = ''] = right.token.split('.')
  return [
    right,
    { how: `${how}, unsigned`, token: `${head}.${claims}.` },
    { how: `${how}, with the good one's signature`, token: `${head}.${claims}.${forger.good.split('.')[2]}` },
    { how: `${how}, signed right and cut`, token: `${head}.${claims}.${signature.slice(0, -1)}` },
    ...underStrangeKeys(forger, how, header),
  ]
}

function withRightKey({ good, secret }: Forger, how: string, header: object): Mutated {
  return { how, token: signed(`${encoded(JSON.stringify(header))}.${good.split('.')[1]}`, secret) }
}

/** RS and HS confused, an empty key, keys that are in everybody's word list. */
function underStrangeKeys({ good, secret, known }: Forger, how: string, header: object): Mutated[] {
  const text = `${encoded(JSON.stringify(header))}.${good.split('.')[1]}`
  const keys = [
    '',
    '\0',
    'secret',
    'key',
    'null',
    'undefined',
    secret.slice(0, -1),
    `${secret}\n`,
    secret.toLowerCase(),
  ]
  const bytes = Buffer.from(secret, 'base64url')
  return [...keys, bytes.toString('latin1'), ...known].map((key, index) => ({
    how: `${how}, key ${index}`,
    token: signed(text, key),
  }))
}

/** Where the key is to be found, says the token. */
const STRANGE_HEADERS = [
  ...['/dev/null', '../../../../dev/null', "x' UNION SELECT 'key", 'attestation-secret', '', 'k'.repeat(8_000)].map(
    (kid) => ({ kid }),
  ),
  { kid: ['a'] },
  { jwk: { kty: 'oct', k: encoded('secret') } },
  { jku: 'https://evil.lab.test/keys.json' },
  { x5u: 'https://evil.lab.test/key.pem' },
  { x5c: ['MIIB'] },
  { typ: 'at+jwt', cty: 'JWT' },
]

/** What must be understood and is not (RFC 7515 section 4.1.11), or would take the claims out of the signature (RFC 7797). */
const CRITICAL = [
  { crit: ['exp'], exp: 9_999_999_999 },
  { crit: [] },
  { crit: 'exp' },
  { crit: ['b64'], b64: false },
  { b64: false, crit: ['b64', 'b64'] },
  { crit: ['alg'] },
]

const SOON = Math.floor(Date.now() / 1000) + 3_600

/** Signed right, each of them, and none with an expiry that is a date to come, or with a date from which it counts that has been. */
const CLAIMS = [
  ...['{}', '{"EXP":9999999999}', '{"exp":{}}', '{"exp":[]}', '{"exp":[9999999999]}', '{"exp":null}', '{"exp":true}'],
  ...['{"exp":"9999999999"}', '{"exp":""}', '{"exp":0}', '{"exp":-0}', '{"exp":1}', '{"exp":-1}', '{"exp":1e-300}'],
  ...[
    '{"exp":1e400}',
    '{"exp":-1e400}',
    '{"exp":1e300}',
    '{"exp":9007199254740993}',
    '{"exp":NaN}',
    '{"exp":0x7fffffff}',
  ],
  ...[`{"exp":${SOON},"exp":1}`, `{"__proto__":{"exp":${SOON}}}`, `{"constructor":{"exp":${SOON}}}`],
  ...['9999999999', '1e400', '"0"', 'null', '{}', '[0]', 'true', '1e300'].map((nbf) => `{"exp":${SOON},"nbf":${nbf}}`),
  ...['-1e400', '-1e300'].map((nbf) => `{"exp":${SOON},"nbf":${nbf}}`),
  ...[
    '',
    ' ',
    'null',
    '0',
    '"exp"',
    '[]',
    `[{"exp":${SOON}}]`,
    '{',
    `{"exp":${SOON}}}`,
    `{"exp":${SOON},}`,
    `{'exp':${SOON}}`,
  ],
  `\ufeff\ufeff{"exp":${SOON}}`,
  `{"exp":${SOON}}\0`,
]

/** The good one in another wrapping. */
function otherForms(good: string): Mutated[] {
  const [head = '', claims = '', signature = ''] = good.split('.')
  const flat = { protected: head, payload: claims, signature }
  const forms = {
    dots: [`${good}.`, `.${good}`, `${head}..${claims}.${signature}`, `${head}.${claims}..${signature}`, `${good}..`],
    parts: [
      head,
      `${head}.${claims}`,
      `${good}.${signature}`,
      `${good}.${good}`,
      '.',
      '..',
      '...',
      '....',
      '.'.repeat(4_000),
    ],
    order: [`${claims}.${head}.${signature}`, `${head}.${signature}.${claims}`, `${signature}.${claims}.${head}`],
    json: [JSON.stringify(flat), JSON.stringify({ payload: claims, signatures: [flat] }), JSON.stringify(good)],
    words: [`Bearer ${good}`, `JWT ${good}`, `"${good}"`, `${good};`, `${good},${good}`, `approov-token: ${good}`],
    cases: [good.toLowerCase(), good.toUpperCase(), encodeURIComponent(good).replaceAll('.', '%2E'), encoded(good)],
    sizes: ['A'.repeat(15_000), `${good}${'A'.repeat(12_000)}`, `${head}.${claims.repeat(150)}.${signature}`],
  }
  return Object.entries(forms).flatMap(([how, tokens]) => tokens.map((token) => ({ how, token })))
}

/** The same bytes to a decoder that is not strict (RFC 4648 sections 3.2, 3.3 and 3.5): one token, and many spellings of it. */
function laxForms(good: string): Mutated[] {
  const parts = good.split('.')
  return parts.flatMap((part, index) => {
    const last = URL64.indexOf(part.at(-1) ?? '')
    const spellings = [
      ...[1, 2, 3].map((bits) => part.slice(0, -1) + URL64[last ^ bits]),
      ...['=', '==', '===', ' =', ' \t', '\t', '%3D', '%'].map((end) => part + end),
      ...[1, 7, part.length - 1].flatMap((at) =>
        [' ', '\t', '='].map((mark) => part.slice(0, at) + mark + part.slice(at)),
      ),
      ...[part.replaceAll('-', '+').replaceAll('_', '/'), `${part}A`, `${part}AA`, `${part}AAAA`],
    ]
    return spellings
      .map((spelling) => parts.with(index, spelling).join('.'))
      .filter((token) => !isSameHeader(token, good))
      .map((token) => ({ how: `lax, part ${index}`, token }))
  })
}
