import type { Catalogue } from '#kit/catalogue.ts'
import { EXIT } from '#kit/error.ts'
import type { Client, ClientReport } from './client.ts'

/** What a person reads of one visit: what the client believed, or why it did not. */
export function reportAsText(client: string, origin: string, report: ClientReport): string {
  switch (report.outcome) {
    case 'refused':
      return [
        `${client} refused ${origin}: ${report.reason} (${report.ms} ms)`,
        indent(withCode(report.code, report.message)),
      ].join('\n')
    case 'broken':
      return [
        `${client} got no answer from ${origin}, which proves nothing (${report.ms} ms)`,
        indent(withCode(report.code, report.message)),
        ...(report.code === 'CLIENT_UNATTESTED'
          ? ['  hint: start the service (npm run attestation), or send no token (--no-attestation)']
          : []),
      ].join('\n')
    case 'accepted':
      return [
        `${client} trusted ${origin} and was answered with status ${report.status} (${report.ms} ms)`,
        ...(report.picture ? describePicture(report.picture) : []),
      ].join('\n')
  }
}

/** 0 accepted, 3 refused, 1 broken */
export function exitCodeFor(report: ClientReport): number {
  return { accepted: EXIT.expected, refused: EXIT.surprise, broken: EXIT.broken }[report.outcome]
}

export function catalogueAsText(clients: Catalogue<Client>): string {
  return [...clients.values()]
    .map((client) => `${client.id}\n  ${client.title}\n  ${client.deployment}; checks ${client.checks.join(', ')}`)
    .join('\n')
}

function describePicture(picture: NonNullable<Extract<ClientReport, { outcome: 'accepted' }>['picture']>): string[] {
  const { date, title, image } = picture
  return [
    `  ${date}  ${title}`,
    image
      ? `  image ${image.contentType}, ${image.bytes} bytes, sha256 ${image.sha256.slice(0, 16)}…`
      : '  without an image',
  ]
}

function withCode(code: string, message: string): string {
  return message.startsWith(code) ? message : `${code}: ${message}`
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
