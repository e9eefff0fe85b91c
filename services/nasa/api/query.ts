import { chanceFrom } from '../chance.ts'
import { type Day, dayAtOrdinal, FIRST_DAY, inWords, ordinalOf, parseDay, quote } from '../day.ts'

/** What a request to `/planetary/apod` asks for. */
export type Query =
  | { readonly kind: 'one'; readonly day: Day; readonly thumbs: boolean; readonly concepts: boolean }
  | { readonly kind: 'several'; readonly days: readonly Day[]; readonly thumbs: boolean; readonly concepts: boolean }
  | { readonly kind: 'refused'; readonly message: string }

const FIELDS = ['concept_tags', 'date', 'hd', 'count', 'start_date', 'end_date', 'thumbs']
const USAGE = `Allowed request fields for apod method are '${FIELDS.join("', '")}'`

/**
 * The rules and the sentences are those of NASA's service (https://github.com/nasa/apod-api, application.py), down to
 * which mistake is named first. `api_key` never gets there: the gateway in front takes it off, and so does ours.
 */
export function readQuery(parameters: URLSearchParams, today: Day): Query {
  for (const name of parameters.keys()) {
    if (!FIELDS.includes(name)) return refused(`Bad Request: incorrect field passed. ${USAGE}`)
  }
  // An empty parameter counts as absent; of a repeated one the first counts.
  const given = (name: string) => parameters.get(name) || undefined
  const [date, count, start, end] = [given('date'), given('count'), given('start_date'), given('end_date')]
  // Any text asks for concept tags, the text 'False' too, for NASA's service tests the string.
  const extras = { thumbs: given('thumbs')?.toLowerCase() === 'true', concepts: given('concept_tags') !== undefined }

  if (!count && !start && !end) {
    const asked = date === undefined ? { day: today } : published(date, today)
    return 'complaint' in asked ? refused(asked.complaint) : { kind: 'one', day: asked.day, ...extras }
  }
  const days =
    count && !date && !start && !end
      ? sample(count, today)
      : start && !date && !count
        ? range(start, end ?? today, today)
        : `Bad Request: invalid field combination passed. ${USAGE}`
  return typeof days === 'string' ? refused(days) : { kind: 'several', days, ...extras }
}

function refused(message: string): Query {
  return { kind: 'refused', message }
}

function published(text: string, today: Day): { day: Day } | { complaint: string } {
  const parsed = parseDay(text)
  if ('complaint' in parsed) return parsed
  // ISO dates order as text.
  if (parsed.day >= FIRST_DAY && parsed.day <= today) return parsed
  return { complaint: `Date must be between ${inWords(FIRST_DAY)} and ${inWords(today)}.` }
}

function range(start: string, end: string, today: Day): readonly Day[] | string {
  const first = published(start, today)
  if ('complaint' in first) return first.complaint
  const last = published(end, today)
  if ('complaint' in last) return last.complaint
  if (first.day > last.day) return 'start_date cannot be after end_date'
  const from = ordinalOf(first.day)
  return Array.from({ length: ordinalOf(last.day) - from + 1 }, (_, index) => dayAtOrdinal(from + index))
}

// NASA draws lots; here the same count on the same day gives the same pictures, so that a run can be repeated.
function sample(text: string, today: Day): readonly Day[] | string {
  // What Python's int() takes: signs, blanks around, and single underscores between digits.
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(text)) return `invalid literal for int() with base 10: ${quote(text)}`
  const count = Number(text.replaceAll('_', ''))
  if (count > 100 || count <= 0) return 'Count must be positive and cannot exceed 100'
  const [first, last] = [ordinalOf(FIRST_DAY), ordinalOf(today)]
  const lots = chanceFrom(`lots ${today} ${count}`)
  const drawn = new Set<number>()
  while (drawn.size < Math.min(count, last - first + 1)) drawn.add(lots.whole(first, last))
  return [...drawn].map(dayAtOrdinal)
}
