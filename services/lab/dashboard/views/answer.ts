import type { Excerpt, RecordedAnswer } from '#mitm/evidence.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { nameOf } from '../pictures.ts'

/** The answer before and after: what has been changed at a glance, and all that is known of both to open. */
export function answerOf({ status, contentType, genuine, told }: RecordedAnswer, index: number): Markup {
  const type = contentType === undefined ? '' : `, ${contentType.split(';')[0]}`
  return html`${told && atAGlance(genuine, told)}
<details id="answer-${index}"><summary>${told ? 'The answer, before and after' : 'The answer'}</summary>
<p class="small">Status ${status}${type}</p>
<p class="small">As it came from the API, ${genuine.bytes} bytes${told ? ':' : ', and was passed on:'}</p>${whole(genuine, 'the genuine picture')}
${told && html`<p class="small">As the victim was told, ${told.bytes} bytes:</p>${whole(told, 'the attacker’s picture')}`}</details>`
}

/** What somebody was told, as they would see it. */
export function whole(excerpt: Excerpt, alt: string): Markup {
  if (excerpt.picture !== undefined) return thumbnail(excerpt.picture, alt)
  if (excerpt.text === undefined) return html`<p class="muted small">nothing to be read</p>`
  return html`<pre>${excerpt.text}</pre>`
}

function atAGlance(genuine: Excerpt, told: Excerpt): Markup | undefined {
  if (genuine.picture !== undefined && told.picture !== undefined) {
    return html`<span class="glance">${thumbnail(genuine.picture, 'the genuine picture')}<span aria-hidden="true">→</span><span class="unseen">became</span>${thumbnail(told.picture, 'the attacker’s picture')}</span>`
  }
  const [title] = changes(genuine.text ?? '', told.text ?? '').sort(byLength)
  return (
    title &&
    html`<span class="change"><del>${shortened(title.before)}</del> <ins>${shortened(title.after)}</ins></span>`
  )
}

function thumbnail(picture: string, alt: string): Markup {
  return html`<img class="thumbnail" loading="lazy" src="/pictures/${nameOf('image/jpeg', Buffer.from(picture, 'base64'))}" alt="${alt}">`
}

interface Change {
  readonly before: string
  readonly after: string
}

/** Texts that two JSON objects have under the same name, where they differ. Nothing where one of them is not whole. */
function changes(before: string, after: string): Change[] {
  const [one, other] = [fieldsOf(before), fieldsOf(after)]
  return Object.entries(one).flatMap(([name, value]) => {
    const now = other[name]
    return typeof value === 'string' && typeof now === 'string' && value !== now ? [{ before: value, after: now }] : []
  })
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** A title says it at a glance, an explanation does not. */
function byLength(one: Change, other: Change): number {
  return one.before.length - other.before.length
}

const MOST = 120

function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text
}
