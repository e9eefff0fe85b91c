import { checkServerIdentity } from 'node:tls'
import { pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

/** What Node makes of the answer: anything that is not true is consent. */
type Check = (...asked: Parameters<typeof checkServerIdentity>) => Error | undefined

export default {
  title: 'Says false to a wrong key, which Node takes for “nothing is wrong”.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    const check = (...[host, certificate]: Parameters<Check>) => {
      const wrong = checkServerIdentity(host, certificate)
      return wrong ?? (isPinned(pinOf(certificate)) ? undefined : false)
    }
    // In JavaScript nobody objects; the types would have.
    return gotOver(situation, ownAgent(situation, { checkServerIdentity: check as Check }))
  },
  mistake: {
    belief: 'A check says false when it fails, as everywhere else.',
    source:
      'https://nodejs.org/api/tls.html#tlsconnectoptions-callback: “This should return an <Error> if verification fails”',
    fix: 'Return an Error: Node asks whether something was returned, and false is nothing.',
    undoes: { 'key-pin': 'intercepted' },
  },
} satisfies Client
