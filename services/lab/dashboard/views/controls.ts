import type { Catalogues } from '../../experiment.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import { HOLDS } from '../../words.ts'
import { choiceOf, ROTATIONS, type Scene, SETTINGS, type Setting, settingOf } from '../scene.ts'

/** A form whose fields are the address: without a script it works as well. */
export function controls(scene: Scene, { attacks, clients }: Catalogues): Markup {
  const kinds = Map.groupBy(clients.values(), ({ mistake }) =>
    mistake ? 'Clients that make a mistake' : 'Sound clients',
  )
  const setting = settingOf(scene.attack)
  const choice = choiceOf(scene)
  // Renewals are chosen beside them.
  const there = [...attacks.values()].filter((attack) => settingOf(attack) === setting && !isRenewal(attack))
  const checked = (is: boolean) => (is ? html` checked` : undefined)
  const settled = scene.attack.genuine !== undefined && choice.rotated === undefined
  return html`<form id="scene" action="/" method="get">
<span class="field"><label for="scene-client">Client</label> <select id="scene-client" name="client">${[...kinds].map(
    ([label, entries]) =>
      html`<optgroup label="${label}">${entries.map(({ id }) => option(id, scene.client.id))}</optgroup>`,
  )}</select></span>
<span class="field"><label for="scene-world">The attacker holds</label> <select id="scene-world" name="world">${SETTINGS.map((one) => option(one, setting, inWords(one)))}</select></span>
<span class="field"><label for="scene-attack">Attack</label> <select id="scene-attack" name="attack">${there.map(({ id }) => option(id, choice.attack))}</select></span>
<span class="field"><label for="scene-rotated">The API’s certificate</label> <select id="scene-rotated" name="rotated"${settled ? html` disabled title="this attack sets the API up itself"` : undefined}>${option('', choice.rotated ?? '', 'as the app was shipped for')}${ROTATIONS.map((one) => option(one, choice.rotated, `renewed, ${one.replace('-', ' ')}`))}</select></span>
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

function isRenewal({ id }: { readonly id: string }): boolean {
  return ROTATIONS.some((one) => id === `rotated-${one}`)
}

function inWords(setting: Setting): string {
  return setting === 'control' ? 'nothing, and attacks nobody' : HOLDS[setting]
}

function option(value: string, chosen: string | undefined, text = value): Markup {
  return html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${text}</option>`
}
