import type { ClientReport } from '#client/client.ts'
import { shorten } from '#kit/secret.ts'
import type { Evidence, Excerpt, RecordedAnswer, RecordedRequest, Replayed } from '#mitm/evidence.ts'
import type { Played } from './stage.ts'

/** What both ends said with nothing in it that opens a door: a report is made to be passed around. */
export function withoutSecrets(played: Played): Played {
  const { report, evidence, steps } = played
  const hide = hiding(evidence)
  return {
    ...played,
    report: hideInReport(report, hide),
    ...(steps && { steps: steps.map((told) => ({ ...told, report: hideInReport(told.report, hide) })) }),
    evidence: withoutSecretsIn(evidence),
  }
}

export function withoutSecretsIn(evidence: Evidence): Evidence {
  const { token, requests, replays } = evidence
  const hide = hiding(evidence)
  return {
    ...evidence,
    requests: requests.map((request) => hideInRequest(request, hide)),
    ...(replays && { replays: replays.map((replayed) => hideInReplayed(replayed, hide)) }),
    ...(token === undefined ? {} : { token: shorten(token) }),
  }
}

export function withoutSecretsInReplayed(replayed: Replayed): Replayed {
  return hideInReplayed(replayed, hiding({}))
}

function hiding({ token }: Pick<Evidence, 'token'>): Hide {
  return (text) => hideTokens(text, token)
}

type Hide = (text: string) => string

/** By its name: `approov-token`, `authorization`, `x-api-key`, `set-cookie`, `api_key`, `access_token`, `client_secret`. */
const SECRET_NAME = /token|auth|cookie|secret|passw|session|signature|credential|jwt|api[-_]?key|^key$/i
/** Named like secrets, and none: RFC 9113 section 8.3.1's host, and who may be asked to authenticate how. */
const NO_SECRET = [':authority', 'www-authenticate', 'proxy-authenticate']
/** In a query or a form. */
const PARAMETER = /(^|[?&;])([^=&;?#\s]+)=([^&;#\s]*)/g
/** A JSON Web Token, wherever it stands (RFC 7519). */
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g

// What was accepted is a picture, and the answer's own words.
function hideInReport(report: ClientReport, hide: Hide): ClientReport {
  return report.outcome === 'accepted' ? report : { ...report, message: hide(report.message) }
}

function hideInRequest(request: RecordedRequest, hide: Hide): RecordedRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => {
    const cover = isSecret(name) ? shortenCredentials : (text: string) => hide(hideParameters(text))
    return [name, typeof value === 'string' ? cover(value) : value.map(cover)] as const
  })
  return {
    ...request,
    path: hide(hideParameters(request.path)),
    headers: Object.fromEntries(headers),
    body: hideInBody(request.body, hide),
    ...(request.answer && { answer: hideInAnswer(request.answer, hide) }),
  }
}

function hideInAnswer(answer: RecordedAnswer, hide: Hide): RecordedAnswer {
  const { genuine, told } = answer
  return { ...answer, genuine: hideInExcerpt(genuine, hide), ...(told && { told: hideInExcerpt(told, hide) }) }
}

function hideInReplayed(replayed: Replayed, hide: Hide): Replayed {
  return replayed.answer ? { ...replayed, answer: hideInExcerpt(replayed.answer, hide) } : replayed
}

function hideInExcerpt(excerpt: Excerpt, hide: Hide): Excerpt {
  return excerpt.text === undefined ? excerpt : { ...excerpt, text: hideInBody(excerpt.text, hide) }
}

function hideInBody(text: string, hide: Hide): string {
  return hide(hideParameters(hideMembers(text)))
}

function isSecret(name: string): boolean {
  return SECRET_NAME.test(decoded(name)) && !NO_SECRET.includes(name.toLowerCase())
}

// The scheme stays, for it tells what kind of secret it was: `Bearer eyJhbGci…q3Zk`.
function shortenCredentials(value: string): string {
  const [, scheme = '', credentials = value] = /^((?:Bearer|Basic|Digest|DPoP|Negotiate)\s+)(.+)$/is.exec(value) ?? []
  return `${scheme}${shorten(credentials)}`
}

function hideParameters(text: string): string {
  return text.replace(PARAMETER, (whole, before: string, name: string, value: string) =>
    isSecret(name) && value !== '' ? `${before}${name}=${shorten(value)}` : whole,
  )
}

/** `"api_key": "…"` in JSON. */
function hideMembers(text: string): string {
  return text.replace(
    /"([^"\\]+)"(\s*:\s*)"((?:\\.|[^"\\])*)"/g,
    (whole, name: string, colon: string, value: string) =>
      isSecret(name) ? `"${name}"${colon}"${shorten(value)}"` : whole,
  )
}

function hideTokens(text: string, token: string | undefined): string {
  const known = token === undefined ? text : text.replaceAll(token, shorten(token))
  return known.replace(JWT, shorten)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
