import type { RecordedRequest } from '#mitm/evidence.ts'

/** Connection's business and not the request's (RFC 9110 section 7.6.1), or told by the address. */
const LEFT_OUT = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'te', 'upgrade']

/** The request as a command for a POSIX shell. Whatever stands in it is quoted, so that pasting runs nothing else. */
export function asCurl({ method, path, headers, body }: RecordedRequest, host: string | undefined): string {
  const authority = host ?? String(headers.host ?? headers[':authority'] ?? 'api.lab.test')
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(':') || LEFT_OUT.includes(name.toLowerCase())
      ? []
      : [value].flat().map((one) => `-H ${quoted(`${name}: ${one}`)}`),
  )
  const how = method === 'GET' ? [] : [`-X ${quoted(method)}`]
  const data = body === '' ? [] : [`--data-raw ${quoted(body)}`]
  return [`curl ${quoted(`https://${authority}${path}`)}`, ...how, ...lines, ...data].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
