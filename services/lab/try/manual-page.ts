import { X509Certificate } from 'node:crypto'
import type { PageAnswer } from './manual-door.ts'

/** A certificate that a person installs. */
export interface Installable {
  readonly name: string
  readonly pem: string
  readonly der: Buffer
  /** SHA-256, as settings show it. */
  readonly fingerprint: string
}

export function installable(pem: string): Installable {
  const { subject, raw, fingerprint256 } = new X509Certificate(pem)
  return { name: subject.split('\n').at(-1) ?? subject, pem, der: raw, fingerprint: fingerprint256 }
}

/** The page that a device opens to be set up, and the files on it. @param proxy the device's proxy, `host:port` */
export function pageAt(path: string, proxy: string, authorities: readonly Installable[]): PageAnswer {
  const [, index = '', kind] = /^\/authority-(\d{1,3})\.(pem|cer)$/.exec(path) ?? []
  const authority = authorities[Number(index) - 1]
  if (authority && kind === 'pem') return { status: 200, type: 'application/x-pem-file', body: authority.pem }
  // What Android, iOS, Windows and browsers offer to install.
  if (authority && kind === 'cer') return { status: 200, type: 'application/x-x509-ca-cert', body: authority.der }
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: html(proxy, authorities) }
  return { status: 404, type: 'text/plain; charset=utf-8', body: 'there is nothing here; the page is at /\n' }
}

function html(proxy: string, authorities: readonly Installable[]): string {
  const items = authorities.map(
    ({ name, fingerprint }, index) =>
      `<li>${escaped(name)}: <a href="/authority-${index + 1}.cer">to install (DER)</a> or <a href="/authority-${index + 1}.pem">as PEM</a><br><code>${fingerprint}</code></li>`,
  )
  const none = '<p>There is nothing to install yet. Come back when the terminal says so.</p>'
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Pinning Lab: set up this device</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}code{overflow-wrap:anywhere}</style>
<h1>Set up this device</h1>
<p>Set its HTTP proxy to <code>${escaped(proxy)}</code>, and install and trust what is listed here when the terminal asks
for it. Then use your app, look at the terminal, and press Enter there. When all is over, remove both from the device
again: whoever has the key of such an authority reads what it sends.</p>
${items.length > 0 ? `<ol>${items.join('\n')}</ol>` : none}
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
