import { getCACertificates } from 'node:tls'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

// What a client without `ca` does unasked. Here the device's authorities stand for those that Node has built in.
export default {
  title: 'Trusts what the device trusts, and whatever NODE_EXTRA_CA_CERTS adds to that.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) =>
    gotOver(situation, ownAgent(situation, { ca: [...situation.deviceAuthorities, ...getCACertificates('extra')] })),
  mistake: {
    belief: 'Whoever sets that variable runs the machine, and knows whom to trust.',
    source:
      'https://github.com/nodejs/node/issues/14705: that it should always be honoured; https://nodejs.org/api/cli.html#node_extra_ca_certsfile',
    fix: 'Give `ca` the authorities that the app means, and nothing that its environment can add to; or pin.',
    falls: { 'env-extra-ca': 'intercepted' },
  },
} satisfies Client
