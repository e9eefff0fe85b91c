import type { RecordedRequest } from '#mitm/evidence.ts'

/** Connection's business and not the request's (RFC 9110 section 7.6.1), or told by the address. */
const LEFT_OUT = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'te', 'upgrade']

/**
 * The request as a command for a POSIX shell. Whatever stands in it is quoted, so that pasting runs nothing else.
 * A header without a value curl wants to be told by a semicolon.
 */
export function asCurl({ method, path, headers, body }: RecordedRequest, host: string | undefined): string {
  const authority = host ?? String(headers.host ?? headers[':authority'] ?? 'api.lab.test')
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(':') || LEFT_OUT.includes(name.toLowerCase())
      ? []
      : [value].flat().map((one) => `-H ${quoted(one === '' ? `${name};` : `${name}: ${one}`)}`),
  )
  // curl would wait for the body of a HEAD answer, and take GET with a body for POST.
  const how = method === 'HEAD' ? ['--head'] : method === 'GET' && body === '' ? [] : [`-X ${quoted(method)}`]
  const data = body === '' ? [] : [`--data-raw ${quoted(body)}`]
  return [`curl --globoff --path-as-is ${quoted(`https://${authority}${path}`)}`, ...how, ...lines, ...data].join(
    ' \\\n  ',
  )
}

// A terminal takes a pasted Ctrl-C for the key, quoted or not: it ends the line, and what follows is a command.
const CONTROL = /[^\P{Cc}\t\n]/gu

function quoted(text: string): string {
  return `'${text.replaceAll(CONTROL, '\uFFFD').replaceAll("'", "'\\''")}'`
}
