import type { Client, ClientReport } from '#client/client.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import type { Result } from '../../result.ts'
import type { Showing, Shown } from '../scenes.ts'
import { outcomeOf } from './outcome.ts'

/** The phone: what its user would see, and what the app would tell them. */
export function victim(showing: Showing): Markup {
  const { scene, state, gallery } = showing
  const result = outcomeOf(showing)
  return html`<div class="phone">
<p class="bar">${padlock(scene.client, result)}</p>
<div class="screen" role="region" aria-label="The app’s screen" tabindex="0">
<p class="app">Picture of the day</p>
${message(showing, result)}
${gallery.length > 0 ? html`<ol class="gallery">${gallery.map((shown, place) => picture(shown, place > 0))}</ol>` : undefined}
</div>
</div>
<p class="muted small">${scene.client.id}: ${scene.client.title}${state === 'playing' ? ' It is asking now.' : undefined}</p>`
}

/** A closed padlock says what the app is content with, and no more. */
function padlock({ checks }: Pick<Client, 'checks'>, result: Result | undefined): Markup {
  const report = result?.report
  if (report?.outcome === 'refused')
    return html`${icon('M12 3 L22 20 H2 Z M12 9 V14 M12 16.5 V17.5')} refused the connection`
  if (report?.outcome !== 'accepted') return html`${icon('M5 12 H19')} not connected`
  const what = checks.length > 0 ? `it has checked ${checks.join(', ')}` : 'it has checked nothing'
  return html`${icon('M5 11 H19 V20 H5 Z M8 11 V8 A4 4 0 0 1 16 8 V11')} secure: ${what}`
}

function icon(path: string): Markup {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`
}

function message({ state, failure, gallery }: Showing, result: Result | undefined): Markup | undefined {
  if (state === 'failed') return html`<p class="notice">The lab itself failed: ${failure}</p>`
  if (!result) {
    const waiting = state === 'new' ? 'Nobody has asked yet.' : 'Asking for today’s picture…'
    return gallery.length > 0 ? undefined : html`<p class="notice plain-notice">${waiting}</p>`
  }
  if (result.verdict === 'not-applicable') {
    return html`<p class="notice plain-notice">Not played: ${result.why}.</p>`
  }
  const { report, evidence } = result
  if (report.outcome === 'accepted') return undefined
  return html`<p class="notice" role="alert">${refusal(report, evidence.applicationBytes)}</p>
<p class="muted small"><code>${report.code}</code></p>`
}

type Refused = Exclude<ClientReport, { readonly outcome: 'accepted' }>

const REFUSALS = {
  pin: 'Someone in the middle showed a certificate that isn’t ours.',
  chain: 'The certificate comes from nobody whom this device trusts.',
  hostname: 'The certificate is for another name than the one that was asked for.',
  validity: 'The certificate is not valid today.',
  protocol: 'The connection could not be made safe.',
  policy: 'The app does not go where it was led.',
  unknown: 'The connection was refused.',
} as const

function refusal(report: Refused, bytes: number): string {
  if (report.outcome === 'broken') return 'No connection. Check the network, and try again.'
  const gone = bytes === 0 ? 'Nothing was sent.' : `But ${bytes} bytes had been sent already.`
  return `${REFUSALS[report.reason]} ${gone}`
}

/** @param later what is not seen at first may come when it is */
function picture({ picture: { title, date, explanation }, image }: Shown, later: boolean): Markup {
  const shown =
    image === undefined
      ? html`<div class="no-image">no picture</div>`
      : html`<img src="/pictures/${image}" alt=""${later ? html` loading="lazy"` : undefined}>`
  return html`<li><figure>${shown}<figcaption><strong>${title}</strong> <span class="muted">${date}</span><span class="caption">${explanation.slice(0, 220)}</span></figcaption></figure></li>`
}
