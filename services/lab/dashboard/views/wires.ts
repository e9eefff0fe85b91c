import type { Evidence } from '#mitm/evidence.ts'
import { html, type Markup } from '../../reporters/html/markup.ts'

/** What lies between two of the three: nothing yet, what the attacker reads, what it only passes on, what somebody ended. */
type Wire = 'idle' | 'open' | 'sealed' | 'cut'

interface Wires {
  readonly left: Wire
  readonly right: Wire
  readonly leftText: string
  readonly rightText: string
}

/** Who is connected to whom: victim, attacker and API, and what the two connections are. */
export function wires(evidence: Evidence | undefined): Markup {
  const { left, right, leftText, rightText } = wiresIn(evidence)
  return html`<figure class="wires">
<svg viewBox="0 0 420 84" aria-hidden="true">
${wire('left', left, 84)}${wire('right', right, 242)}
<g class="node"><circle cx="44" cy="42" r="34"/><rect x="33" y="22" width="22" height="40" rx="4"/><path d="M40 56 H48"/></g>
<g class="node attacker ${left}"><circle cx="210" cy="42" r="34"/><path d="M190 42 C197 30 223 30 230 42 C223 54 197 54 190 42 Z"/><circle class="eye" cx="210" cy="42" r="5"/></g>
<g class="node"><circle cx="376" cy="42" r="34"/><path d="M364 28 H388 V38 H364 Z M364 46 H388 V56 H364 Z M369 33 H371 M369 51 H371"/></g>
</svg>
<figcaption><span>victim</span><span class="${left}">${leftText}</span><span>attacker</span><span class="${right}">${rightText}</span><span>API</span></figcaption>
</figure>`
}

function wiresIn(evidence: Evidence | undefined): Wires {
  if (!evidence) return { left: 'idle', right: 'idle', leftText: 'nothing yet', rightText: 'nothing yet' }
  const { connections, applicationBytes, requests } = evidence
  if (applicationBytes > 0) {
    const asked = requests.some(({ answer }) => answer !== undefined && answer.status !== 502)
    return {
      ...{ left: 'open', leftText: `${applicationBytes} bytes read` },
      ...(asked
        ? { right: 'open', rightText: 'asked by the attacker' }
        : { right: 'idle', rightText: 'not asked through it' }),
    }
  }
  const passed = connections.reduce((sum, { relayedBytes = 0 }) => sum + relayedBytes, 0)
  if (passed > 0) return { left: 'sealed', right: 'sealed', leftText: `${passed} bytes passed by`, rightText: 'unread' }
  if (connections.length === 0) {
    return { left: 'idle', right: 'idle', leftText: 'nobody connected', rightText: 'never reached' }
  }
  return { left: 'cut', right: 'idle', leftText: 'ended, nothing sent', rightText: 'never reached' }
}

function wire(side: string, state: Wire, x: number): Markup {
  const middle = x + 47
  const cross = html`<path class="cross" d="M${middle - 8} 34 L${middle + 8} 50 M${middle + 8} 34 L${middle - 8} 50"/>`
  const lock = html`<path class="lock" d="M${middle - 8} 40 H${middle + 8} V52 H${middle - 8} Z M${middle - 5} 40 V36 A5 5 0 0 1 ${middle + 5} 36 V40"/>`
  return html`<g class="wire ${side} ${state}"><path d="M${x} 42 H${x + 94}"/>${state === 'cut' ? cross : state === 'sealed' ? lock : undefined}</g>`
}
