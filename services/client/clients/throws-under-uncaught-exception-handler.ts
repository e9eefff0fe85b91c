import { checkServerIdentity } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client, Situation } from '../client.ts'
import { earlyAgent } from '../early-agent.ts'
import { liveInThread, openInThread } from '../thread.ts'

// Without the handler the same throw ends the process: safe, and so found at once. With it the handshake just goes on.
export default {
  title: 'Throws at a wrong key, in a process that survives every error.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => openInThread(import.meta.url, situation),
  mistake: {
    belief: 'What is thrown in a check ends the connection.',
    source: 'https://github.com/nodejs/node/issues/11467: Node’s own documentation said that the check should throw',
    fix: 'Return the Error; wrap the whole check in try and return what was caught.',
    undoes: { hostname: 'intercepted', 'key-pin': 'intercepted' },
    // What was thrown kept Node from noting that the handshake is over, so an end of the connection is an error to it.
    falls: { 'body-truncation': 'leaked' },
  },
} satisfies Client

liveInThread(import.meta.url, (situation: Situation) => {
  process.on('uncaughtException', () => {
    // As in a server that must stay up.
  })
  const isPinned = pinsOfKeys(situation)
  const agent = earlyAgent(situation, {
    checkServerIdentity: (host, certificate) => {
      const wrong = checkServerIdentity(host, certificate)
      if (wrong) throw wrong
      const pin = pinOf(certificate)
      if (!isPinned(pin)) throw pinMismatch(pin)
      return undefined
    },
  })
  return askOver(situation, agent)
})
