import type { Catalogues } from '../../experiment.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { HOLDS } from '../../words.ts'
import type { Scene } from '../scene.ts'

/** A form whose fields are the address: without a script it works as well. */
export function controls(scene: Scene, { attacks, clients }: Catalogues): Markup {
  const kinds = Map.groupBy(clients.values(), ({ mistake }) =>
    mistake ? 'Clients that make a mistake' : 'Sound clients',
  )
  const worlds = Map.groupBy(attacks.values(), ({ family, holds }) =>
    family === 'control' ? 'Nobody attacks' : `The attacker holds ${HOLDS[holds]}`,
  )
  const options = (groups: Map<string, readonly { readonly id: string }[]>, chosen: string) =>
    [...groups].map(
      ([label, entries]) =>
        html`<optgroup label="${label}">${entries.map(
          ({ id }) => html`<option value="${id}"${id === chosen ? html` selected` : undefined}>${id}</option>`,
        )}</optgroup>`,
    )
  const checked = (is: boolean) => (is ? html` checked` : undefined)
  return html`<form id="scene" action="/" method="get">
<span class="field"><label for="scene-client">Client</label> <select id="scene-client" name="client">${options(kinds, scene.client.id)}</select></span>
<span class="field"><label for="scene-attack">Attack</label> <select id="scene-attack" name="attack">${options(worlds, scene.attack.id)}</select></span>
<fieldset><legend>Road</legend>
<label><input type="radio" name="road" value="takeover"${checked(scene.road === 'takeover')}> takeover</label>
<label><input type="radio" name="road" value="proxy"${checked(scene.road === 'proxy')}> proxy</label></fieldset>
<fieldset><legend>Answers</legend>
<label><input type="radio" name="answers" value="altered"${checked(!scene.unaltered)}> altered</label>
<label><input type="radio" name="answers" value="genuine"${checked(scene.unaltered)}> passed on</label></fieldset>
<label><input type="checkbox" name="enforce" value="on"${checked(scene.enforce)}> API enforces attestation</label>
<noscript><button>Show</button></noscript>
</form>`
}
