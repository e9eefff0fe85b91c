import type { ClientReport } from '#client/client.ts'
import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import { connectionLine, requestLine } from '../../both-ends.ts'
import type { AttackSummary, ClientSummary, Result, Run } from '../../result.ts'
import { HOLDS, inWords, SYMBOL } from '../../words.ts'
import type { chainOf } from './chain.ts'
import { html, type Markup } from './markup.ts'
import { chainPicture } from './picture.ts'

export interface PlayOptions {
  readonly run: Run
  readonly attack: AttackSummary
  readonly client: ClientSummary
  readonly pins: ReadonlySet<string>
  /** The chain in a PEM text. The same ones come again and again, and reading them takes most of a page's time. */
  readonly read: typeof chainOf
}

/** What happened on both sides in one play: what a cell of the matrix opens. */
export function playPage(result: Result, options: PlayOptions): Markup {
  const { attack, client } = options
  const as = result.surprise
    ? html`<strong>expected ${inWords(result.expected)}</strong>`
    : html`${result.verdict === 'not-applicable' ? 'not played' : 'as expected'}`
  return html`<p class="eyebrow">${attack.id} <span aria-hidden="true">×</span><span class="unseen">against</span> ${client.id}</p>
<h2 id="play-title">${attack.title}</h2>
<p class="verdict"><span class="chip ${result.verdict}">${SYMBOL[result.verdict]} ${inWords(result)}</span> ${as}</p>
<p>${capital(result.why)}.</p>
${result.report && bothSides(result, result.report, options)}
<section><h3>Who was who</h3>${sides(options)}</section>`
}

function bothSides(result: Result, report: ClientReport, options: PlayOptions): Markup {
  return html`<div class="ends">
<section><h3>What the client said</h3>${clientSide(report)}</section>
<section><h3>What the attacker saw</h3>${attackerSide(result.evidence)}</section>
</div>
<section><h3>The chain that the client was shown</h3>${chain(result, options)}</section>`
}

function clientSide(report: ClientReport): Markup {
  if (report.outcome !== 'accepted') {
    const what = report.outcome === 'refused' ? `It refused after ${report.ms} ms` : `It broke after ${report.ms} ms`
    return html`<p>${what}: <code>${report.code}</code></p><pre tabindex="0" aria-label="the client's message">${report.message}</pre>`
  }
  const { picture } = report
  return html`<p>It accepted status ${report.status} after ${report.ms} ms${picture ? ', and believed:' : ', without a picture.'}</p>
${picture ? html`<blockquote>${picture.title}</blockquote>` : undefined}
${picture?.image ? html`<p class="muted">picture: ${picture.image.contentType}, ${picture.image.bytes} bytes</p>` : undefined}`
}

function attackerSide({ connections, applicationBytes, requests, token }: Evidence): Markup {
  const events = [
    ...connections.map((one) => ({ at: one.at, what: html`${connectionLine(one)}` })),
    ...requests.map((one) => ({ at: one.at, what: requestEvent(one) })),
  ].sort((a, b) => a.at - b.at)
  return html`<p class="bytes"><strong>${applicationBytes}</strong> application bytes</p>
${token === undefined ? undefined : html`<p>It holds the token <code>${token}</code></p>`}
${events.length === 0 ? html`<p class="muted">Nobody connected.</p>` : html`<ol class="timeline">${events.map(({ at, what }) => html`<li><span class="at">${at} ms</span> <div>${what}</div></li>`)}</ol>`}`
}

function requestEvent(request: RecordedRequest): Markup {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
  const told = request.altered?.title
  return html`${requestLine(request)}${told === undefined ? undefined : html`: “${told}”`}
<details><summary>What it read</summary><pre tabindex="0" aria-label="the request">${[...headers, ...(request.body ? ['', request.body] : [])].join('\n')}</pre></details>`
}

function chain({ evidence }: Result, { run, pins, read }: PlayOptions): Markup {
  if (evidence.presented !== undefined) {
    return chainPicture(read(evidence.presented), { pins, at: new Date(run.startedAt) })
  }
  const relayed = evidence.connections.some(({ handshake }) => handshake === 'relayed')
  return relayed
    ? html`<p>The genuine one: the attacker passed the bytes on and could not read them.</p>`
    : html`<p>None: no TLS handshake took place.</p>`
}

function sides({ attack, client, pins }: PlayOptions): Markup {
  const entries: [string, string][] = [
    ['The attacker holds', HOLDS[attack.holds]],
    ['Each stops the attack', attack.stoppedBy.join(', ') || 'nothing has to'],
    ['The client', client.title],
    ['It says it checks', client.checks.join(', ') || 'nothing'],
    ...(pins.size > 0 ? [['It has pinned', [...pins].join(', ')] as [string, string]] : []),
    ['Read on', attack.references.join(' · ') || 'nothing'],
  ]
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
