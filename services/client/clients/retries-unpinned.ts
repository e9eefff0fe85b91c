import { checkPins, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Tries once more without the pin when the request with it has failed.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const pinned = gotOver(
      situation,
      ownAgent(situation, {
        checkServerIdentity: checkPins(pinsOfKeys(situation)),
      }),
    )
    const plain = gotOver(situation, ownAgent(situation))
    return {
      get: (path, headers) => pinned.get(path, headers).catch(() => plain.get(path, headers)),
      close: async () => void (await Promise.all([pinned.close(), plain.close()])),
    }
  },
  mistake: {
    belief: 'A pin that fails is most likely out of date, and a working app matters more.',
    source: 'RFC 7469 section 2.6, which lets nobody recover from a failed pin',
    fix: 'Let the error through, with a code of its own; a backup pin is what keeps the app working.',
    undoes: { 'key-pin': 'intercepted' },
  },
} satisfies Client
