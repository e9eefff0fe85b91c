import { HOSTS } from '#kit/names.ts'
import { decoded, isJson } from './decoded.ts'
import type { RecordedRequest } from './evidence.ts'
import type { Answer } from './forward.ts'

export type Altered = NonNullable<RecordedRequest['altered']>

/** Changes what a person would see: titles, explanations and pictures. Whatever else it is passes as it came. */
export async function tamper(answer: Answer): Promise<{ answer: Answer; altered?: Altered }> {
  const type = String(answer.headers['content-type'] ?? '')
  if (answer.status !== 200 || answer.body.length === 0) return { answer }
  try {
    if (isJson(type)) return await tamperJson(answer)
    if (/^image\//i.test(type)) return await tamperPicture(answer)
  } catch {
    // Not what its type says: the victim would find that out with the genuine answer too.
  }
  return { answer }
}

async function tamperJson(answer: Answer): Promise<{ answer: Answer; altered?: Altered }> {
  const text = await decoded(answer)
  if (!text) return { answer }
  const told = retell(JSON.parse(text.toString('utf8')))
  if (told.title === undefined && !told.changed) return { answer }
  return {
    answer: withBody(answer, Buffer.from(JSON.stringify(told.value, withoutOwnName))),
    altered: { what: 'json', ...(told.title === undefined ? {} : { title: told.title }) },
  }
}

/**
 * Asked under the name of the attacker's site, the genuine host answers with addresses there, at which the victim might
 * wonder. A path alone leads to wherever it has asked.
 */
function withoutOwnName(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(OWN_ORIGIN, '') : value
}

const OWN_ORIGIN = new RegExp(`^https://${HOSTS.evil.replaceAll('.', '\\.')}(:\\d+)?(?=/)`)

interface Told {
  readonly value: unknown
  readonly changed: boolean
  /** The first title that the victim is told. */
  readonly title?: string
}

/** A picture of the day, or a list of them as NASA answers a range of dates. */
function retell(value: unknown): Told {
  if (Array.isArray(value)) {
    const told = value.map(retell)
    const title = told.find((one) => one.title !== undefined)?.title
    return {
      value: told.map((one) => one.value),
      changed: told.some((one) => one.changed),
      ...(title === undefined ? {} : { title }),
    }
  }
  if (typeof value !== 'object' || value === null) return { value, changed: false }
  const title = 'title' in value && typeof value.title === 'string' ? `INTERCEPTED: ${value.title}` : undefined
  const explanation =
    'explanation' in value && typeof value.explanation === 'string'
      ? `Someone in the middle has read this answer and rewritten it. ${value.explanation}`
      : undefined
  return {
    value: {
      ...value,
      ...(title === undefined ? {} : { title }),
      ...(explanation === undefined ? {} : { explanation }),
    },
    changed: title !== undefined || explanation !== undefined,
    ...(title === undefined ? {} : { title }),
  }
}

async function tamperPicture(answer: Answer): Promise<{ answer: Answer; altered?: Altered }> {
  const picture = await decoded(answer)
  if (!picture) return { answer }
  const { restamp } = await import('./restamp.ts')
  const restamped = await restamp(picture, String(answer.headers['content-type']))
  return restamped ? { answer: withBody(answer, restamped), altered: { what: 'picture' } } : { answer }
}

/** Sent uncompressed; a digest of the genuine body would give the forgery away. */
function withBody(answer: Answer, body: Buffer): Answer {
  const { 'content-encoding': _encoding, 'content-md5': _md5, digest: _digest, ...kept } = answer.headers
  return { ...answer, headers: kept, body }
}
