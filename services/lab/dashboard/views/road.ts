import { html, type Markup } from '../../reporters/html/markup.ts'
import { pinsOf } from '../../reporters/html/pins.ts'
import { chainShown } from '../../reporters/html/play.ts'
import { inWords, SYMBOL } from '../../words.ts'
import type { Showing } from '../theatre.ts'
import { outcomeOf } from './outcome.ts'

/** Who is connected to whom, and what the victim was shown on the way. */
export function road(showing: Showing): Markup {
  const { scene, run } = showing
  const result = outcomeOf(showing)
  const client = run?.clients.find(({ id }) => id === scene.client.id)
  const attack = run?.attacks.find(({ id }) => id === scene.attack.id)
  return html`<p class="wire"><span>victim</span><i aria-hidden="true">⟷</i><span>attacker</span><i aria-hidden="true">⟷</i><span>API</span></p>
<p class="small">${scene.attack.title}${scene.road === 'proxy' ? ' The victim goes through a proxy, and the attacker is that proxy.' : undefined}</p>
${
  result && client && attack && run && result.verdict !== 'not-applicable'
    ? html`<p class="verdict"><span class="chip ${result.verdict}">${SYMBOL[result.verdict]} ${inWords(result)}</span>${result.surprise ? html` <strong>expected ${inWords(result.expected)}</strong>` : undefined}</p>
<p class="small">${result.why.slice(0, 1).toUpperCase()}${result.why.slice(1)}.</p>
<h3>The chain that the victim was shown</h3>
${chainShown(result, { run, attack, client, pins: pinsOf(run, client) })}
${client.pins && client.pins.length > 0 ? html`<h3>What it has pinned</h3><ul class="pins">${client.pins.map(({ value }) => html`<li><code>${value}</code></li>`)}</ul>` : undefined}
<p><button type="button" data-evidence>What happened, on one clock</button></p>`
    : html`<p class="muted">${showing.state === 'playing' ? 'On its way…' : 'Nothing has been sent yet.'}</p>`
}`
}
