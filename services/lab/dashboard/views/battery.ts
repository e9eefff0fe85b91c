import { html, type Markup } from '../../reporters/html/markup.ts'
import { matrix } from '../../reporters/html/matrix.ts'
import { filters, nothingLeft } from '../../reporters/html/page.ts'
import type { Running } from '../batteries.ts'

/** How far the battery is. */
export function progress(running: Running | undefined): Markup {
  if (!running) return html`<p class="muted">No battery has run yet.</p>`
  const { state, done, total } = running
  if (state === 'going') {
    return html`<p><progress value="${done}" max="${total}" aria-label="Plays"></progress> ${done} of ${total} plays</p>`
  }
  if (state === 'failed') return html`<p><strong>The lab itself failed: ${running.failure}</strong></p>`
  const { run } = running
  const ended =
    state === 'stopped'
      ? `Stopped after ${done} of ${total} plays.`
      : `${done} plays in ${(run.ms / 1000).toFixed(1)} s.`
  const found = run.surprises === 0 ? 'Nothing surprising.' : `${run.surprises} surprising.`
  return html`<p><strong>${found}</strong> ${ended}${run.road === 'proxy' ? ' On the proxy road.' : undefined} As <a href="/reports/html" download="battery.html">HTML</a>, <a href="/reports/json" download="battery.json">JSON</a>, <a href="/reports/junit" download="battery.xml">JUnit</a>, <a href="/reports/sarif" download="battery.sarif">SARIF</a>.</p>`
}

/** The matrix as far as it is filled, with its filters: the same that the report has. */
export function plays(running: Running | undefined): Markup | undefined {
  if (!running) return undefined
  const { run } = running
  return html`${filters(run)}
${matrix(run)}
${nothingLeft()}`
}
