/** A calendar day as `YYYY-MM-DD`, made only by this file: any value of this type exists in the calendar. */
export type Day = string & { readonly __day: unique symbol }

export const FIRST_DAY = '1995-06-16' as Day

const MS_A_DAY = 86_400_000

/**
 * The day it is where the pictures are published. NASA's site turns the page at midnight in Greenbelt, Maryland.
 */
export function todayAt(now: Date): Day {
  publisher ??= new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const part = Object.fromEntries(publisher.formatToParts(now).map(({ type, value }) => [type, value]))
  return `${part.year?.padStart(4, '0')}-${part.month}-${part.day}` as Day
}

// Loading the time zones takes milliseconds that a start without a question shouldn't pay.
let publisher: Intl.DateTimeFormat | undefined

/** The day with these numbers, or undefined when no calendar has it (February 30th, month 13). */
export function dayOf(year: number, month: number, date: number): Day | undefined {
  const time = new Date(Date.UTC(2000, month - 1, date))
  // Set apart, for Date.UTC takes the years 0 to 99 for 1900 to 1999.
  time.setUTCFullYear(year, month - 1, date)
  if (time.getUTCFullYear() !== year || time.getUTCMonth() !== month - 1 || time.getUTCDate() !== date) return undefined
  return time.toISOString().slice(0, 10) as Day
}

export function ordinalOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / MS_A_DAY
}

export function dayAtOrdinal(ordinal: number): Day {
  return new Date(ordinal * MS_A_DAY).toISOString().slice(0, 10) as Day
}

export type ParsedDay = { readonly day: Day } | { readonly complaint: string }

/**
 * Reads a date as NASA's service does, which is Python's `strptime('%Y-%m-%d')`: one digit will do for month and day,
 * and each kind of mistake has the sentence that Python has for it.
 */
export function parseDay(text: string): ParsedDay {
  const found = /^(\d{4})-(1[0-2]|0[1-9]|[1-9])-(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])/.exec(text)
  if (!found) return { complaint: `time data ${quote(text)} does not match format '%Y-%m-%d'` }
  const rest = text.slice(found[0].length)
  if (rest !== '') return { complaint: `unconverted data remains: ${rest}` }
  if (found[1] === '0000') return { complaint: 'year 0 is out of range' }
  const day = dayOf(Number(found[1]), Number(found[2]), Number(found[3]))
  return day === undefined ? { complaint: 'day is out of range for month' } : { day }
}

/** `Jun 16, 1995` */
export function inWords(day: Day): string {
  const [year, month, date] = day.split('-')
  return `${MONTHS[Number(month) - 1]} ${date}, ${year}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As Python's repr() does it: single quotes unless the text has one and no double quote. */
export function quote(text: string): string {
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`
}
