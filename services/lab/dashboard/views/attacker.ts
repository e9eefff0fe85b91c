import type { Evidence, RecordedRequest } from '#mitm/evidence.ts'
import { connectionLine, requestLine } from '../../events.ts'
import { replaysInWords } from '../../replays.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { HOLDS } from '../../words.ts'
import type { Showing } from '../theatre.ts'
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

function seen(evidence: Evidence, { scene }: Showing): Markup {
  const { token, connections, requests } = evidence
  const replayed = replaysInWords(evidence)
  const host = connections.find(({ sni }) => sni !== undefined)?.sni
  return html`${token === undefined ? undefined : html`<p class="loot">It has the token <code>${token}</code></p>`}
<h3>Handshakes</h3>
${connections.length === 0 ? html`<p class="muted">Nobody connected.</p>` : html`<ol class="lines">${connections.map((one) => html`<li><span class="at">${one.at} ms</span> ${connectionLine(one)}</li>`)}</ol>`}
${replayed === undefined ? undefined : html`<p>Then ${replayed}.</p>`}
${token === undefined ? undefined : html`<p class="small"><a href="/?client=${scene.client.id}&attack=request-replay&road=${scene.road}">Send the stolen request again</a>, to an API that wants attestation.</p>`}
${
  requests.length === 0
    ? undefined
    : html`<h3>Requests</h3>
<ol class="lines">${requests.map((request, index) => html`<li><span class="at">${request.at} ms</span> ${requestLine(request)}${whole(request, { host, index })}</li>`)}</ol>`
}`
}

interface Where {
  readonly host: string | undefined
  readonly index: number
}

function whole(request: RecordedRequest, { host, index }: Where): Markup {
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`)
  const told = request.altered?.title
  return html`${told === undefined ? undefined : html`<span class="altered">It answered: “${told}”</span>`}
<details id="request-${index}"><summary>What it read</summary><pre>${[...headers, ...(request.body ? ['', request.body] : [])].join('\n')}</pre>
<p class="small">As curl, its tokens shortened: <button type="button" class="copy" data-copy="curl-${index}">copy</button></p><pre id="curl-${index}">${asCurl(request, host)}</pre></details>`
}
