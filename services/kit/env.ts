import * as v from 'valibot'
import { LabError } from './error.ts'
import { nearest } from './nearest.ts'

export type Env = Readonly<Record<string, string | undefined>>
export type Settings = v.ObjectEntries

/**
 * Reads a party's settings once and complains about all of them together.
 * @param prefix a variable that starts with it but is not a setting is a typing mistake, and is named
 * @throws LabError SETTINGS_INVALID, one detail a wrong variable
 */
export function readSettings<const S extends Settings>(
  env: Env,
  prefix: string,
  settings: S,
): v.InferOutput<v.ObjectSchema<S, undefined>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = v.safeParse(v.object(settings), given)
  const details = [
    ...unknownNames(given, prefix, Object.keys(settings)),
    ...(parsed.success ? [] : wrongValues(parsed.issues)),
  ]
  if (!parsed.success || details.length > 0) {
    const count = details.length === 1 ? 'a setting is' : `${details.length} settings are`
    throw new LabError('SETTINGS_INVALID', `${count} wrong`, { details, hint: 'all settings: .env.example' })
  }
  return parsed.output
}

function wrongValues(issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => {
    const name = String(issue.path?.[0]?.key ?? '?')
    const value = issue.path?.[0]?.value
    if (value === undefined) return `${name} is missing`
    // A wrong secret must not end in a log: its name says that it is one.
    const shown = /(SECRET|KEYS?|TOKEN)$/.test(name) ? '(hidden)' : `'${String(value)}'`
    return `${name} is ${shown}: ${issue.message}`
  })
}

function unknownNames(given: Env, prefix: string, known: readonly string[]): string[] {
  return Object.keys(given)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .map((name) => {
      const near = nearest(name, known)
      return `${name} is not a setting${near ? `: did you mean ${near}?` : ''}`
    })
}

const whole = (text: string, low: number, high: number) =>
  /^\d{1,12}$/.test(text) && Number(text) >= low && Number(text) <= high

/** Building blocks: each takes text and gives a value; wrap in `v.optional(block, 'default text')`. */
export const port = v.pipe(
  v.string(),
  v.check((text) => whole(text, 0, 65535), 'a port is a number from 0 to 65535'),
  v.transform(Number),
)

export const milliseconds = v.pipe(
  v.string(),
  v.check((text) => whole(text, 1, 86_400_000), 'a time is a whole number of milliseconds, 1 or more'),
  v.transform(Number),
)

export const count = v.pipe(
  v.string(),
  v.check((text) => whole(text, 0, 1e9), 'a count is a whole number, 0 or more'),
  v.transform(Number),
)

export const onOff = v.pipe(
  v.picklist(['on', 'off'], "it is either 'on' or 'off'"),
  v.transform((text) => text === 'on'),
)

export const text = v.pipe(v.string(), v.trim(), v.nonEmpty('it is empty'))

export const logLevel = v.picklist(
  ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
  'a log level is one of trace, debug, info, warn, error, silent',
)

/** `host:port`; an IPv6 address in brackets. */
export const hostAndPort = v.pipe(
  v.string(),
  v.regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s/[\]]+):\d{1,5}$/, 'it is not host:port'),
  v.transform((value) => {
    const at = value.lastIndexOf(':')
    return { host: value.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(value.slice(at + 1)) }
  }),
  v.check(({ port: number }) => number >= 1 && number <= 65535, 'the port is not a number from 1 to 65535'),
)
