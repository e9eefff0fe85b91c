import type { ClientReport } from '#client/client.ts'
import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import type { PlayEvent } from '../../events.ts'
import type { AttackSummary, ClientSummary, PlayedResult, Result, Run } from '../../result.ts'
import { HOLDS, inWords, SYMBOL, stoppedByInWords } from '../../words.ts'
import { html, type Markup } from './markup.ts'
import { chainPicture } from './picture.ts'

export interface PlayOptions {
  readonly run: Run
  readonly attack: AttackSummary
  readonly client: ClientSummary
  readonly pins: ReadonlySet<string>
}

/** What happened on both sides in one play: what a cell of the matrix opens. */
export function playPage(result: Result, options: PlayOptions): Markup {
  const { attack, client } = options
  const as = result.surprise
    ? html`<strong>expected ${inWords(result.expected)}</strong>`
    : result.verdict === 'not-applicable'
      ? 'not played'
      : 'as expected'
  return html`<p class="eyebrow">${attack.id} <span aria-hidden="true">×</span><span class="unseen">against</span> ${client.id}</p>
<h2 id="play-title">${attack.title}</h2>
<p class="verdict"><span class="chip ${result.verdict}">${SYMBOL[result.verdict]} ${inWords(result)}</span> ${as}</p>
<p>${capital(result.why)}.</p>
${result.verdict === 'not-applicable' ? undefined : bothSides(result, options)}
<section><h3>Who was who</h3>${sides(options)}</section>`
}

function bothSides(result: PlayedResult, options: PlayOptions): Markup {
  return html`<div class="ends">
<section><h3>What the client said</h3>${clientSide(result.report)}</section>
<section><h3>What the attacker got</h3>${attackerSide(result.evidence)}</section>
</div>
<section><h3>What happened, on one clock</h3>${timeline(result)}</section>
<section><h3>The chain that the client was shown</h3>${chainShown(result, options)}</section>`
}

function clientSide(report: ClientReport): Markup {
  if (report.outcome !== 'accepted') {
    const what = report.outcome === 'refused' ? `It refused after ${report.ms} ms` : `It broke after ${report.ms} ms`
    return html`<p>${what}: <code>${report.code}</code></p><pre>${report.message.split('\n').map(messageLine)}</pre>`
  }
  const { picture } = report
  return html`<p>It accepted status ${report.status} after ${report.ms} ms${picture ? ', and believed:' : ', without a picture.'}</p>
${picture ? html`<blockquote>${picture.title}</blockquote>` : undefined}
${picture?.image ? html`<p class="muted">picture: ${picture.image.contentType}, ${picture.image.bytes} bytes</p>` : undefined}`
}

/** Wrapped below its value: the words before that fill ten columns, and what is lined up behind it need not be. */
function messageLine(line: string): Markup {
  return html`<span class="hung">${line.slice(0, 10)}${line.slice(10).replace(/ {3,}/g, '  ')}</span>`
}

function attackerSide({ connections, applicationBytes, token }: Evidence): Markup {
  return html`<p class="bytes"><strong>${applicationBytes}</strong> application bytes</p>
${token === undefined ? undefined : html`<p>It holds the token <code>${token}</code></p>`}
${connections.length === 0 ? html`<p class="muted">Nobody connected.</p>` : undefined}`
}

function timeline({ events, evidence }: PlayedResult): Markup {
  return html`<ol class="timeline">${events.map((event) => html`<li class="${event.side}"><span class="at">${event.at} ms</span> <span class="side">${event.side}</span> <div>${eventText(event, evidence)}</div></li>`)}</ol>`
}

function eventText({ kind, index = -1, what }: PlayEvent, { requests }: Evidence): Markup {
  const request = kind === 'request' ? requests[index] : undefined
  return request ? requestEvent(request, what) : html`${what}`
}

function requestEvent(request: RecordedRequest, line: string): Markup {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
  const told = request.altered?.title
  return html`${line}${told === undefined ? undefined : html`: “${told}”`}
<details><summary>What it read</summary><pre>${[...headers, ...(request.body ? ['', request.body] : [])].join('\n')}</pre></details>`
}

export function chainShown({ chain: links, evidence }: PlayedResult, { run, client, pins }: PlayOptions): Markup {
  if (links.length > 0) return chainPicture(links, { pins, at: run.startedAt, pinsNothing: client.pins?.length === 0 })
  const relayed = evidence.connections.some(({ handshake }) => handshake === 'relayed')
  return relayed
    ? html`<p>The genuine one: the attacker passed the bytes on and could not read them.</p>`
    : html`<p>None: no TLS handshake took place.</p>`
}

function sides({ attack, client, pins }: PlayOptions): Markup {
  const entries: [string, string][] = [
    ['The attacker holds', HOLDS[attack.holds]],
    ['Each stops the attack', stoppedByInWords(attack)],
    ['The client', client.title],
    ['It says it checks', client.checks.join(', ') || 'nothing'],
    ...(pins.size > 0 ? [['It has pinned', [...pins].join(', ')] as [string, string]] : []),
    ...(attack.references.length > 0 ? [['Read on', attack.references.join(' · ')] as [string, string]] : []),
  ]
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
