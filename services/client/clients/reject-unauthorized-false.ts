import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Makes the certificate error of the test server go away, and ships that.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => gotOver(situation, ownAgent(situation, { rejectUnauthorized: false })),
  mistake: {
    belief: 'The connection is encrypted, so nobody can read it, whoever the certificate is from.',
    source: 'Georgiev et al., The Most Dangerous Code in the World, CCS 2012; CWE-295',
    fix: 'Remove rejectUnauthorized: false; give a private server’s authority as `ca`.',
    undoes: { chain: 'intercepted', validity: 'intercepted', hostname: 'intercepted' },
  },
} satisfies Client
