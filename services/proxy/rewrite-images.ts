import { type Detour, throughProxy } from './public-address.ts'

const IMAGE_FIELDS = new Set(['url', 'hdurl', 'thumbnail_url'])

// What stands between a name and a value that is a string, up to that string's quote.
const COLON = /\s*:\s*(?=")/y

/**
 * Makes image addresses on the allowed hosts lead through the proxy, at any depth, in objects and arrays.
 * Works on the text: every other byte stays as the upstream wrote it, long numbers and repeated names included.
 * @returns the text itself when it is not JSON
 */
export function rewriteImages(text: string, detour: Detour): string {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  const pieces: string[] = []
  let copied = 0
  for (const [begin, end] of imageAddresses(text)) {
    const led = ledAddress(JSON.parse(text.slice(begin, end)) as string, detour)
    if (led === undefined) continue
    pieces.push(text.slice(copied, begin), JSON.stringify(led))
    copied = end
  }
  return pieces.join('') + text.slice(copied)
}

function ledAddress(address: string, detour: Detour): string | undefined {
  return /^(https?:)?\/\//i.test(address) ? throughProxy(address, detour, 'https://relative.invalid') : undefined
}

/**
 * Where the values of the image fields begin and end, quotes included. Going from string to string keeps in step with the
 * text, so that a quoted `"url":` inside an explanation is never taken for a field.
 */
function* imageAddresses(text: string): Generator<readonly [begin: number, end: number]> {
  let begin = text.indexOf('"')
  while (begin !== -1) {
    const end = endOfString(text, begin)
    COLON.lastIndex = end
    if (COLON.test(text) && IMAGE_FIELDS.has(JSON.parse(text.slice(begin, end)) as string)) {
      yield [COLON.lastIndex, endOfString(text, COLON.lastIndex)]
    }
    begin = text.indexOf('"', end)
  }
}

// Not by a regular expression: V8's run out of stack on some millions of escapes in one string.
function endOfString(text: string, begin: number): number {
  for (let quote = text.indexOf('"', begin + 1); ; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0
    while (text[quote - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return quote + 1
  }
}
