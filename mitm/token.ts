import { createHmac, randomBytes } from 'node:crypto'
import type { RecordedRequest } from './evidence.ts'
import type { Replay } from './story.ts'

/** Where in a request a token was found. */
export interface FoundToken {
  readonly header: string
  readonly token: string
}

/** Headers in which an app carries what lets it in: the SDK's own, then the usual one. */
const TOKEN_HEADERS = ['approov-token', 'authorization']
const SCHEME = /^Bearer\s+/i

export function tokenIn({ headers }: Pick<RecordedRequest, 'headers'>): FoundToken | undefined {
  for (const header of TOKEN_HEADERS) {
    const value = headers[header]
    if (typeof value === 'string' && value !== '') return { header, token: value.replace(SCHEME, '') }
  }
  return undefined
}

/** Ways of making a token of one that was read, without the key that it was signed with. */
export type Forgery = Extract<Replay, 'unsigned' | 'own-key' | 'altered'>

/**
 * What a verifier must not take (RFC 8725 sections 2.1 and 3.1): each is a token for as long as the attacker likes.
 * @param now for the new expiry
 */
export function forgeToken(token: string, how: Forgery, now: Date): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = { ...parsed(payload), exp: Math.floor(now.getTime() / 1000) + A_YEAR }
  const longer = encoded(claims)
  if (how === 'altered') return `${header}.${longer}.${signature}`
  if (how === 'unsigned') return `${encoded({ typ: 'JWT', alg: 'none' })}.${longer}.`
  const signed = `${encoded({ typ: 'JWT', alg: 'HS256' })}.${longer}`
  return `${signed}.${createHmac('sha256', randomBytes(32)).update(signed).digest('base64url')}`
}

const A_YEAR = 365 * 24 * 3600

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Of a token that is no JWT there are no claims to keep. */
function parsed(payload: string): object {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? claims : {}
  } catch {
    return {}
  }
}
