import { html, type Markup } from '../../reporters/html/markup.ts'

interface Act {
  readonly title: string
  readonly text: string
  readonly query: string
}

/** The story of `npm run attack-demo`, each act a scene that is really played. */
const ACTS: readonly Act[] = [
  {
    title: 'Nobody in the middle',
    text: 'The app asks its API for the picture of the day, and gets it. Whoever runs the café’s network passes the bytes on, and cannot read them.',
    query: 'client=unpinned&attack=none&road=takeover',
  },
  {
    title: 'An attacker whom the device trusts, and an app without pins',
    text: 'The attacker’s authority is installed on the device. The app checks what everybody checks, finds nothing wrong, and shows what it is told. Look at the attacker: request and token are there to be read.',
    query: 'client=unpinned&attack=trusted-authority&road=takeover',
  },
  {
    title: 'The same attacker, and an app with a pin',
    text: 'The app was shipped with the hash of its API’s key. It compares, finds another one, and says nothing more: the attacker has read 0 bytes.',
    query: 'client=pinned-key&attack=trusted-authority&road=takeover',
  },
]

/** @param act what stands in the address, from 1 on; anything else is no tour, and a way into it */
export function tour(act: string | null): Markup {
  const number = ACTS.findIndex((_, index) => String(index + 1) === act) + 1
  const now = ACTS[number - 1]
  if (!now) return html`<p><a href="/?${ACTS[0]?.query ?? ''}&act=1">Take the tour: the story in three acts</a></p>`
  const to = (other: number, label: string) => {
    const there = ACTS[other - 1]
    return there && html`<a class="button" href="/?${there.query}&act=${other}">${label}</a>`
  }
  return html`<aside class="tour" aria-labelledby="tour-title"><h2 id="tour-title">${number} of ${ACTS.length}. ${now.title}</h2><p>${now.text}</p>
<nav aria-label="Tour">${to(number - 1, 'Back')} ${to(number + 1, 'Next')} ${number === ACTS.length ? html`<a class="button" href="/">Explore</a>` : undefined}</nav></aside>`
}
