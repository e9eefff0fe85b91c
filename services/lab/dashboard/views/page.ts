import type { Catalogues } from '../../experiment.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'
import type { Running } from '../batteries.ts'
import { queryOf } from '../scene.ts'
import type { Showing } from '../scenes.ts'
import { attacker } from './attacker.ts'
import { plays, progress } from './battery.ts'
import { controls } from './controls.ts'
import { road } from './road.ts'
import { tour } from './tour.ts'
import { victim } from './victim.ts'

export interface PageParts {
  readonly showing: Showing
  readonly running: Running | undefined
  readonly catalogues: Catalogues
  /** Of the tour, as the address says it. */
  readonly act: string | null
  /** Of the feed: what has happened since is told by events. */
  readonly position: string
}

/** The whole page, as it stands now. The script keeps it up to date, and is not needed to read it. */
export function page({ showing, running, catalogues, act, position }: PageParts): Markup {
  const query = queryOf(showing.scene)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pinning Lab: ${showing.scene.client.id} under ${showing.scene.attack.id}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/dashboard.css">
<script src="/assets/idiomorph.js" defer></script>
<script src="/assets/matrix.js" defer></script>
<script src="/assets/dashboard.js" type="module"></script>
</head>
<body data-position="${position}" data-query="${query}" data-state="${showing.state}">
<header><h1>Can someone in the middle read my app’s traffic?</h1>
${tour(act)}
<div class="controls">${controls(showing.scene, catalogues)}
<form id="again" method="post" action="/play?${query}"><button>Play it again</button></form></div></header>
<main>
<div class="stage">
<section aria-labelledby="victim-title" class="panel"><h2 id="victim-title">Victim</h2><div id="victim" aria-live="polite">${victim(showing)}</div></section>
<section aria-labelledby="road-title" class="panel"><h2 id="road-title">The road between them</h2><div id="road" aria-live="polite">${road(showing)}</div></section>
<section aria-labelledby="attacker-title" class="panel"><h2 id="attacker-title">Attacker</h2><div id="attacker">${attacker(showing)}</div></section>
</div>
<section aria-labelledby="battery-title" class="battery"><h2 id="battery-title">The battery</h2>
<div class="battery-controls"><form method="post" action="/battery?which=first&road=${showing.scene.road}"><button>Run a first look</button></form>
<form method="post" action="/battery?which=all&road=${showing.scene.road}"><button>Run all</button></form>
<form method="post" action="/battery/stop"><button>Stop</button></form></div>
<div id="battery" aria-live="polite">${progress(running)}</div>
${matrixNow(running)}
</section>
</main>
<dialog id="play" aria-labelledby="play-title"><form method="dialog"><button class="close" aria-label="Close">✕</button></form><div id="play-content"></div></dialog>
</body>
</html>
`
}

/** Cells with which the page is still seen at once. */
const FEW = 500

/** A large one the script fetches when the rest has been seen. */
function matrixNow(running: Running | undefined): Markup {
  const cells = running ? running.total : 0
  return cells > FEW
    ? html`<div id="matrix" data-later><p class="muted">The matrix of ${cells} plays is on its way… <noscript>without a script it is in the <a href="/reports/html">report</a></noscript></p></div>`
    : html`<div id="matrix">${plays(running)}</div>`
}
