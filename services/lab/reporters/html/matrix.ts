import type { AttackSummary, ClientSummary, Result, Run } from '../../result.ts'
import { STANDING_IN_WORDS } from '../../standing.ts'
import { SYMBOL } from '../../words.ts'
import { html, type Markup } from './markup.ts'

/** Above this many clients the columns are narrow, and turned when printed. */
const MANY = 6
/** Above this many attacks the table scrolls under its head. */
const TALL = 20

/** Rows are attacks by family, columns clients; each cell is a button that opens its play. */
export function matrix(run: Run): Markup {
  const indices = new Map(run.results.map(({ attack, client }, index) => [JSON.stringify([attack, client]), index]))
  const at = (attack: AttackSummary, client: ClientSummary) => indices.get(JSON.stringify([attack.id, client.id])) ?? -1
  const families = [...Map.groupBy(run.attacks, ({ family }) => family)]
  const kinds = [...(run.clients.length > MANY ? ['many'] : []), ...(run.attacks.length > TALL ? ['tall'] : [])]
  return html`<div class="scroll" role="region" aria-labelledby="matrix-title" tabindex="0">
<table class="${kinds.join(' ')}">
<caption id="matrix-title" class="unseen">Attacks by clients</caption>
<thead><tr><th scope="col" class="corner">attack</th>${run.clients.map(head)}</tr></thead>
${families.map(
  ([family, attacks]) => html`<tbody data-family="${family}">
<tr class="family"><th scope="rowgroup" colspan="${run.clients.length + 1}"><span>${family}</span></th></tr>
${attacks.map(
  (attack) => html`<tr data-attack>
<th scope="row"><span class="id">${attack.id}</span><span class="title">${attack.title}</span></th>
${run.clients.map((client, column) => cell(run.results[at(attack, client)], { index: at(attack, client), column }))}
</tr>`,
)}
</tbody>`,
)}
</table>
</div>`
}

function head({ id, standing }: ClientSummary, column: number): Markup {
  return html`<th scope="col" data-column="${column}"><span class="id">${id}</span><span class="standing">${STANDING_IN_WORDS[standing]}</span></th>`
}

export function cell(result: Result | undefined, { index, column }: { index: number; column: number }): Markup {
  if (!result) return html`<td data-column="${column}"><span class="unseen">not played</span></td>`
  const { verdict, reason, surprise } = result
  return html`<td data-column="${column}" data-verdict="${verdict}"${surprise ? html` data-surprise` : undefined}><button type="button" class="cell ${verdict}" data-play="${index}" aria-haspopup="dialog"><span class="symbol" aria-hidden="true">${surprise ? '!' : SYMBOL[verdict]}</span><span class="word">${surprise ? html`<span class="unseen">surprise: </span>` : undefined}${verdict}${reason === undefined ? undefined : html` <span class="reason">${reason}</span>`}</span></button></td>`
}
