import { visible } from '../../visible.ts'

/** An element: attributes in the order given, then what is inside. */
export interface Element {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string | number>>
  /** Elements, or text. */
  readonly inside?: readonly Element[] | string
}

/** An XML 1.0 document in UTF-8, indented; text is written as it is, for white space in it may mean something. */
export function document(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, '').join('\n')}\n`
}

function lines({ name, attributes = {}, inside = [] }: Element, indent: string): string[] {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
  const open = `${indent}<${name}${written.join('')}`
  if (inside.length === 0) return [`${open}/>`]
  if (typeof inside === 'string') return [`${open}>${escapeText(inside)}</${name}>`]
  return [`${open}>`, ...inside.flatMap((child) => lines(child, `${indent}  `)), `${indent}</${name}>`]
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// A parser turns a bare CR into LF (XML 1.0 section 2.11), and some do so with U+2028 and U+2029. `>` is
// escaped too, for text may not hold `]]>` (section 2.4).
export function escapeText(text: string): string {
  return visible(text).replace(/[&<>\r\u2028\u2029]/g, reference)
}

// In an attribute a parser turns each line end and tab into a blank (section 3.3.3).
export function escapeAttribute(text: string): string {
  return visible(text).replace(/[&<>"\t\n\r\u2028\u2029]/g, reference)
}

function reference(character: string): string {
  return ENTITIES[character] ?? `&#${character.charCodeAt(0)};`
}
