import { clientSecretIn, NASA_KEY, publishes } from './secrets.ts'

/**
 * What is wrong with a line of the proxy's log.
 * @param sent what the clients have sent of late
 */
export function complaintAboutLine(line: string, sent: readonly string[]): string | undefined {
  if (line.includes(NASA_KEY)) return `the NASA key is in the log: ${line}`
  const secret = clientSecretIn(line)
  if (secret !== undefined && !sent.some((bytes) => publishes(bytes, secret)))
    return `the client's secret is in the log: ${line}`
  const { level, code, msg } = fieldsOf(line)
  if (msg === undefined) return `a line of the log that is not one of its own: ${line}`
  if (code === 'PROXY_FAILED') return `the proxy itself failed: ${line}`
  return level === 'error' || level === 'fatal' ? `an error in the log: ${line}` : undefined
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line))
  } catch {
    return {}
  }
}
