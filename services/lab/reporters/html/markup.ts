import { visible } from '../../visible.ts'

// A symbol, so that no JSON, whoever wrote it, can pass for markup.
const MARKUP = Symbol('markup')

/** Text that may stand in a page as it is. Only `html` makes it, and `trusted` from our own files. */
export interface Markup {
  readonly [MARKUP]: string
}

export type Content = string | number | Markup | undefined | readonly Content[]

/** A template whose values are escaped, in text and in quoted attributes alike, unless they are markup already. */
export function html(fixed: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return trusted(fixed.map((text, index) => `${text}${written(values[index])}`).join(''))
}

export function trusted(text: string): Markup {
  return { [MARKUP]: text }
}

export function textOf(markup: Markup): string {
  return markup[MARKUP]
}

function written(content: Content): string {
  if (content === undefined) return ''
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content))
  return isList(content) ? content.map(written).join('') : content[MARKUP]
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '')
}
