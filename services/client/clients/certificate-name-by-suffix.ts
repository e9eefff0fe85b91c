import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

const DOMAIN = 'lab.test'

export default {
  title: 'Accepts a certificate for every name that ends like its own domain.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const wrong = checkServerIdentity(host, certificate)
        return wrong && namesOf(certificate).some((name) => name.endsWith(DOMAIN)) ? undefined : wrong
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'Everything under our domain is ours, and everything that ends like it is under it.',
    source: 'TLSPretense: parentcname; CWE-297',
    fix: 'Compare label by label, and let tls.checkServerIdentity do it.',
    falls: {
      'other-host': 'intercepted',
      'same-pinned-ca-other-host': 'intercepted',
      'parent-domain': 'intercepted',
      'sub-domain': 'intercepted',
      'cn-right-san-wrong': 'intercepted',
      'stolen-key-other-name': 'intercepted',
      'host-header-override': 'intercepted',
    },
  },
} satisfies Client

function namesOf({ subjectaltname = '' }: PeerCertificate): string[] {
  return subjectaltname.split(', ').map((name) => name.replace(/^DNS:/, ''))
}
