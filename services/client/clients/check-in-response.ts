import { TLSSocket } from 'node:tls'
import { askOver } from '../ask.ts'
import { pinMismatch, pinOf, pinsOfKeys } from '../by-hand.ts'
import type { Client } from '../client.ts'
import { ownAgent } from '../own-agent.ts'

export default {
  title: 'Checks the pin when the answer comes, and throws the answer away if it is wrong.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
  open: (situation) => {
    const isPinned = pinsOfKeys(situation)
    return askOver(situation, ownAgent(situation), {
      onResponse: ({ socket }) => {
        const pin = socket instanceof TLSSocket ? pinOf(socket.getPeerCertificate()) : 'no certificate'
        if (!isPinned(pin)) throw pinMismatch(pin)
      },
    })
  },
  mistake: {
    belief: 'An answer that is not believed does no harm.',
    source: 'https://nodejs.org/api/tls.html#tlssocketgetpeercertificatedetailed, read in the handler of the response',
    fix: 'Check in checkServerIdentity: by the time there is an answer, the request and its token have been read.',
    undoes: { 'key-pin': 'leaked' },
  },
} satisfies Client
