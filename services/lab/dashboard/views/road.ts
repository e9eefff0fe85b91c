import { type ChainLink, chainOf } from '../../chain.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { chainPicture } from '../../reporters/html/picture.ts'
import { pinsOf } from '../../reporters/html/pins.ts'
import { chainShown } from '../../reporters/html/play.ts'
import type { ClientSummary, Run } from '../../result.ts'
import { inWords, SYMBOL } from '../../words.ts'
import { choiceOf, type Scene } from '../scene.ts'
import type { Showing } from '../scenes.ts'
import { outcomeOf } from './outcome.ts'
import { wires } from './wires.ts'

/** Who is connected to whom, and which chain each of the two sides was shown. */
export function road(showing: Showing): Markup {
  const { scene, run, soFar } = showing
  const result = outcomeOf(showing)
  const client = run?.clients.find(({ id }) => id === scene.client.id)
  const attack = run?.attacks.find(({ id }) => id === scene.attack.id)
  const head = html`${wires(result?.evidence ?? soFar)}
<p class="small">${setting(scene)}</p>`
  if (!result || !client || !attack || !run || result.verdict === 'not-applicable') {
    return html`${head}
<p class="muted">${showing.state === 'playing' ? 'On its way…' : 'Nothing has been sent yet.'}</p>`
  }
  const { genuine, presented } = result.evidence
  const pins = pinsOf(run, client)
  return html`${head}
<p class="verdict"><span class="chip ${result.verdict}">${SYMBOL[result.verdict]} ${inWords(result)}</span>${result.surprise ? html` <strong>expected ${inWords(result.expected)}</strong>` : undefined}</p>
<p class="small">${result.why.slice(0, 1).toUpperCase()}${result.why.slice(1)}.</p>
<p><button type="button" data-evidence>What happened, on one clock</button></p>
<h3>What the victim was shown</h3>
${chainShown(result, { run, attack, client, pins })}
${genuine === undefined || genuine === presented ? undefined : html`<h3>What the API itself shows</h3>${ofTheApi(chainOf(genuine), { run, client })}`}
${client.pins && client.pins.length > 0 ? html`<h3>What the victim has pinned</h3><ul class="pins">${client.pins.map(({ value }) => html`<li><code>${value}</code></li>`)}</ul>` : undefined}`
}

function ofTheApi(chain: readonly ChainLink[], { run, client }: { run: Run; client: ClientSummary }): Markup {
  return chainPicture(chain, {
    pins: pinsOf(run, client),
    at: run.startedAt,
    pinsNothing: client.pins?.length === 0,
  })
}

function setting(scene: Scene): string {
  const { rotated } = choiceOf(scene)
  return [
    scene.attack.title,
    ...(scene.road === 'proxy' ? ['The victim goes through a proxy, and the attacker is that proxy.'] : []),
    ...(scene.rotated && rotated ? [`The API’s certificate has been renewed, with ${KEYS[rotated]}.`] : []),
  ].join(' ')
}

const KEYS = {
  'same-key': 'the key it had',
  'backup-key': 'the backup key that apps hold a pin of',
  'new-key': 'a key that nobody has pinned',
} as const
