import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Visits every host that ends like a pinned one, and pins those that are equal to it.',
  deployment: 'ca-signed',
  checks: ['pinned-hosts-only', 'modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const host = new URL(situation.origin).hostname.replace(/\.$/, '')
    const ours = situation.shipped.pins.some((entry) => host.endsWith(entry.host))
    const agent = ownAgent(situation, { checkServerIdentity: checkPins(pinsOfKeys(situation)) })
    const opened = gotOver(situation, agent)
    return ours ? opened : { ...opened, get: () => Promise.reject(notOurs(host)) }
  },
  mistake: {
    belief: 'What ends in our host name is our host.',
    source: 'https://github.com/square/okhttp/issues/3324',
    fix: 'Compare whole labels, and refuse a host for which the lookup of the pins finds none.',
    falls: { 'suffix-confusion': 'intercepted', 'subdomain-gap': 'intercepted', 'wildcard-idn': 'intercepted' },
  },
} satisfies Client

function notOurs(host: string): Error {
  return Object.assign(new Error(`${host} is none of our hosts`), { code: 'HOST_NOT_PINNED' })
}
