import { type Detour, throughProxy } from './public-address.ts'

const IMAGE_FIELDS = new Set(['url', 'hdurl', 'thumbnail_url'])

// One JSON string, and the string that follows it as the value if it is a name. Matching strings one after the other keeps
// in step with the text, so that a quoted `"url":` inside an explanation is never taken for a field.
const STRING = /"([^"\\]*(?:\\.[^"\\]*)*)"(?:(\s*:\s*)"([^"\\]*(?:\\.[^"\\]*)*)")?/gs

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
  return text.replace(STRING, (whole: string, name: string, colon: string | undefined, value: string | undefined) => {
    if (colon === undefined || value === undefined || !IMAGE_FIELDS.has(plain(name))) return whole
    const address = plain(value)
    if (!/^(https?:)?\/\//i.test(address)) return whole
    const led = throughProxy(address, detour, 'https://relative.invalid')
    return led === undefined ? whole : `"${name}"${colon}${JSON.stringify(led)}`
  })
}

function plain(escaped: string): string {
  // The whole text has been parsed, so each of its strings can be.
  return escaped.includes('\\') ? (JSON.parse(`"${escaped}"`) as string) : escaped
}
