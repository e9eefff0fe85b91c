import type { Client } from '../client.ts'
import { sessionForEach } from '../session-for-each.ts'
import { trusting } from '../trusting.ts'

export default {
  title: 'Trusts every authority that the device trusts, for the name it asked for, with got over one HTTP/2 session.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  can: ['unpinned-requests', 'http2'],
  open: (situation) => {
    const { at, glance, close } = sessionForEach(situation, trusting(situation))
    return { get: (path, headers) => at(situation.origin).get(path, headers), glance, close }
  },
} satisfies Client
