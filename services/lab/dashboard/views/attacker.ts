import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import { connectionLine, requestLine } from '../../events.ts'
import { replaysInWords } from '../../replays.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { HOLDS } from '../../words.ts'
import { queryOf } from '../scene.ts'
import type { SentAgain, Showing } from '../scenes.ts'
import { answerOf, whole } from './answer.ts'
import { asCurl } from './curl.ts'
import { outcomeOf } from './outcome.ts'

/** What whoever stands between has got: bytes first, for they are what it is about. */
export function attacker(showing: Showing): Markup {
  const { scene, state, soFar } = showing
  const evidence = outcomeOf(showing)?.evidence ?? soFar
  return html`<p class="bytes ${evidence && evidence.applicationBytes > 0 ? 'some' : 'none'}"><strong>${evidence?.applicationBytes ?? (state === 'played' ? 0 : '–')}</strong> bytes read</p>
<p class="small">It holds ${HOLDS[scene.attack.holds]}.</p>
${evidence ? seen(evidence, showing) : html`<p class="muted">Waiting for the victim…</p>`}`
}

function seen(evidence: Evidence, showing: Showing): Markup {
  const { token, connections, requests } = evidence
  const replayed = replaysInWords(evidence)
  const host = connections.find(({ sni }) => sni !== undefined)?.sni
  return html`${token === undefined ? undefined : html`<p class="loot">It has the token <code>${token}</code></p>${again(showing)}`}
<h3>Handshakes</h3>
${connections.length === 0 ? html`<p class="muted">Nobody connected.</p>` : html`<ol class="lines">${connections.map((one) => html`<li><span class="at">${one.at} ms</span> ${connectionLine(one)}</li>`)}</ol>`}
${replayed === undefined ? undefined : html`<p>Then ${replayed}.</p>`}
${
  requests.length === 0
    ? undefined
    : html`<h3>Requests</h3>
<ol class="lines requests" tabindex="0" aria-label="Requests that it read">${requests.map((request, index) => html`<li><span class="at">${request.at} ms</span> ${requestLine(request)}${details(request, { host, index })}</li>`)}</ol>`
}`
}

/** What was read is good for more than reading. */
function again({ scene, replays = [] }: Showing): Markup {
  const button = (how: string, label: string) =>
    html`<form method="post" action="/replay?${queryOf(scene)}&${how}"><button>${label}</button></form>`
  return html`<div class="again"><h3>Send the stolen request again</h3>
${button('to=usual', 'to an API that enforces nothing')} ${button('to=enforcing', 'to one that enforces attestation')} ${button('to=enforcing&token=none', 'there, without the token')}
<div aria-live="polite">${replays.length === 0 ? undefined : html`<ol class="lines">${replays.map((sent, index) => html`<li>${came(sent, replays.length - index)}</li>`)}</ol>`}</div></div>`
}

function came({ as, replayed, failure }: SentAgain, number: number): Markup {
  const place = as.enforces ? 'Where attestation is enforced' : 'Where nothing is enforced'
  const where = as.how === 'without' ? `${place}, without the token` : place
  if (failure !== undefined) return html`${where}: the lab itself failed: ${failure}`
  if (!replayed) return html`${where}: there was no token to send.`
  const { status, answer } = replayed
  if (status === undefined) return html`${where}: nobody answered.`
  const meaning = status === 200 ? 'taken for the app' : 'turned away'
  return html`${where}: <strong>${status}</strong>, ${meaning}.${answer && html` <details id="replay-${number}"><summary>What it got, ${answer.bytes} bytes</summary>${whole(answer, 'the picture')}</details>`}`
}

interface Where {
  readonly host: string | undefined
  readonly index: number
}

function details(request: RecordedRequest, { host, index }: Where): Markup {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
  return html`${request.answer && answerOf(request.answer, index)}
<details id="request-${index}"><summary>What it read</summary><pre>${[...headers, ...(request.body ? ['', request.body] : [])].join('\n')}</pre>
<p class="small">As curl, its tokens shortened: <button type="button" class="copy" data-copy="curl-${index}">copy</button></p><pre id="curl-${index}">${asCurl(request, host)}</pre></details>`
}
