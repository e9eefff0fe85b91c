import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

// Nothing below these names is ever worth reading in a log, and all of it would be worth stealing.
const REDACTED = ['authorization', 'approov-token', 'api_key', 'apiKey', 'token', 'secret', 'key', 'cookie']

/** One JSON object a line: `time` (ISO 8601), `level`, `name` (the party), `msg` and the fields. */
export function createLog(options: { name: string; level?: string; destination?: DestinationStream }): Log {
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { name: options.name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: REDACTED.flatMap((word) => [`["${word}"]`, `*["${word}"]`]), censor: '[secret]' },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  )
}

/** For tests and for the embedded stage, which tells its own story. */
export function silentLog(): Log {
  return pino({ level: 'silent' })
}
