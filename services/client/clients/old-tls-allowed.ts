import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Speaks whatever version of TLS the other side likes.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => gotOver(situation, ownAgent(situation, { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' })),
  mistake: {
    belief: 'TLS negotiates the best version that both sides know.',
    source: 'RFC 8996, which deprecates TLS 1.0 and 1.1; badssl.com: tls-v1-0',
    fix: 'Leave minVersion and ciphers alone: Node’s own begin with TLS 1.2.',
    falls: { 'tls10-tls11': 'intercepted', 'weak-key': 'intercepted', 'weak-signature': 'intercepted' },
  },
} satisfies Client
