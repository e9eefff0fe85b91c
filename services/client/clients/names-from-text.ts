import { X509Certificate } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Looks for its host in what a certificate prints as, where the certificate does not have the name.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const agent = ownAgent(situation, {
      checkServerIdentity: (name, certificate) => {
        const host = name.replace(/\.$/, '').toLowerCase()
        const { subject, subjectAltName } = new X509Certificate(certificate.raw)
        const isNamed = subject.includes(`CN=${host}`) || subjectAltName?.includes(`DNS:${host}`)
        return isNamed ? undefined : checkServerIdentity(name, certificate)
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'The text lists the names, so that a name in the text is a name of the certificate.',
    source: 'CVE-2021-44532 and CVE-2021-44533: Node itself did so; CWE-295',
    fix: 'Leave it to tls.checkServerIdentity or X509Certificate.checkHost, which read the structure.',
    falls: {
      'san-string-injection': 'intercepted',
      'subject-rdn-injection': 'intercepted',
      'cn-right-san-wrong': 'intercepted',
      'wildcard-too-wide': 'intercepted',
      'nul-byte-cn': 'intercepted',
      'ip-as-dns-san': 'intercepted',
    },
  },
} satisfies Client
