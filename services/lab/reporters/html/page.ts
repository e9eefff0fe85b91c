import { CONTROL } from '../../control.ts'
import { countsOf } from '../../counts.ts'
import { VERDICTS } from '../../judge.ts'
import type { Run } from '../../result.ts'
import { inWords, MEANING, SYMBOL } from '../../words.ts'
import { html, type Markup } from './markup.ts'
import { matrix } from './matrix.ts'
import { pinsOf } from './pins.ts'
import { playPage } from './play.ts'

/** What a person sees first: the matrix, and around it what it takes to read it. The plays come behind it. */
export function page(run: Run): Markup {
  return html`<header><h1>Can someone in the middle read my app’s traffic?</h1>
<p class="lead">Each row is an attack, each column a client. ${SYMBOL.blocked} means that the attacker got nothing. Open a cell to see what happened on both sides.</p>
${outcome(run)}</header>
<main>
${filters(run)}
${matrix(run)}
${nothingLeft()}
${legend(run)}
${surprises(run)}
</main>
<footer>${footer(run)}</footer>
<dialog id="play" aria-labelledby="play-title"><form method="dialog"><button class="close" aria-label="Close">✕</button></form><div id="play-content"></div></dialog>`
}

function outcome(run: Run): Markup {
  const { plays: total, surprises: count, verdicts } = countsOf(run.results)
  const apart = verdicts['not-applicable']
  const more = apart > 0 ? ` ${apart} more not applicable, and not counted.` : undefined
  return count === 0
    ? html`<p class="outcome good">Nothing surprising: ${total} of ${total} as expected.${more}</p>`
    : html`<p class="outcome bad"><a href="#surprises">${count} of ${total} surprising</a>: a client or an attack is not what it says.${more}</p>`
}

/** The form, and what it says of itself in words, over `matrix`. */
export function filters(run: Run): Markup {
  const { verdicts, surprises: count } = countsOf(run.results)
  const words = VERDICTS.filter((word) => verdicts[word] > 0)
  const families = [...new Set(run.attacks.map(({ family }) => family))]
  return html`<form id="filters" aria-label="Filter">
<div class="filter"><label for="client">Client</label> <select id="client"><option value="">all ${run.clients.length}</option>${run.clients.map(({ id }, column) => html`<option value="${column}">${id}</option>`)}</select></div>
<div class="filter"><label for="family">Family</label> <select id="family"><option value="">all ${families.length}</option>${families.map((family) => html`<option value="${family}">${family}</option>`)}</select></div>
<div class="filter"><label for="verdict">Verdict</label> <select id="verdict"><option value="">all ${run.results.length}</option>${words.map((word) => html`<option value="${word}">${word} (${verdicts[word]})</option>`)}${count > 0 ? html`<option value="surprise">surprising (${count})</option>` : undefined}</select></div>
<output id="shown" for="client family verdict"></output>
</form>`
}

/** Below the matrix, for when the filters leave nothing of it. */
export function nothingLeft(): Markup {
  return html`<p id="none" hidden>Nothing in this run is like that. <button type="reset" form="filters">Show everything</button></p>`
}

function legend(run: Run): Markup {
  const { verdicts } = countsOf(run.results)
  const shown = VERDICTS.filter((word) => verdicts[word] > 0)
  return html`<section class="legend"><h2>What the words mean</h2>
<dl>${shown.map((word) => html`<div data-count="${word}"><dt><span class="chip ${word}">${SYMBOL[word]} ${word}</span> <span class="count">${verdicts[word]}</span></dt><dd>${MEANING[word]}${word === 'blocked' ? '; below the word, the check that refused' : ''}</dd></div>`)}</dl>
<p>A client is called <em>pinned</em> when it reaches the real API, refuses a stranger’s authority, and refuses one that the device trusts because of its pin.</p></section>`
}

function surprises(run: Run): Markup | undefined {
  const found = run.results.flatMap((result, index) => (result.surprise ? [{ result, index }] : []))
  if (found.length === 0) return undefined
  // Where the control failed, nothing else was found out about that client: said once, not for each attack.
  const voided = new Set(found.flatMap(({ result }) => (result.attack === CONTROL ? [result.client] : [])))
  const told = found.filter(({ result }) => result.attack === CONTROL || !voided.has(result.client))
  return html`<section id="surprises"><h2>Surprises</h2>
<ul>${told.map(({ result, index }) => {
    const more = found.filter((other) => other.result.client === result.client).length - 1
    return html`<li><button type="button" class="link" data-play="${index}" aria-haspopup="dialog">${result.attack} × ${result.client}</button> was ${inWords(result)}, expected ${inWords(result.expected)}: ${result.why}.${result.attack === CONTROL && more > 0 ? ` So ${more} more of this client's plays prove nothing.` : undefined}</li>`
  })}</ul></section>`
}

function footer({ stage, road, startedAt, ms, versions, seed }: Run): Markup {
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return html`<p>Pinning Lab · ${stage} stage, ${road} road · <time datetime="${startedAt}">${startedAt}</time> · ${(ms / 1000).toFixed(1)} s${seed === undefined ? undefined : html` · seed ${seed}`}${parts.map((part) => html` · ${part}`)}</p>
<p>Tokens are shortened. The JSON report holds all of this and the certificates themselves.</p>`
}

/** Inert until the script opens one: a page of thousands of plays still loads at once. */
export function* plays(run: Run): Generator<Markup> {
  const attacks = new Map(run.attacks.map((attack) => [attack.id, attack]))
  const clients = new Map(run.clients.map((client) => [client.id, { client, pins: pinsOf(run, client) }]))
  for (const [index, result] of run.results.entries()) {
    const attack = attacks.get(result.attack)
    const side = clients.get(result.client)
    if (!attack || !side) continue
    const link = `${encodeURIComponent(attack.id.toWellFormed())}/${encodeURIComponent(side.client.id.toWellFormed())}`
    yield html`<template id="play-${index}" data-link="${link}">${playPage(result, { run, attack, ...side })}</template>`
  }
}
