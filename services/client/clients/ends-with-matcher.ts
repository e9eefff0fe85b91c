import type { PeerCertificate } from 'node:tls'
import type { Client } from '../client.ts'
import { gotOver, ownAgent } from '../own-agent.ts'

export default {
  title: 'Accepts every name that ends like its own domain.',
  deployment: 'ca-signed',
  checks: ['modern-tls', 'chain', 'validity', 'hostname'],
  open: (situation) => {
    const agent = ownAgent(situation, {
      checkServerIdentity: (host, certificate) => {
        const domain = host.split('.').slice(-2).join('.')
        return namesOf(certificate).some((name) => name.endsWith(domain)) ? undefined : mismatch(host)
      },
    })
    return gotOver(situation, agent)
  },
  mistake: {
    belief: 'Everything under our domain is ours, and everything that ends like it is under it.',
    source: 'https://github.com/square/okhttp/issues/3324; TLSPretense: parentcname',
    fix: 'Compare label by label, and let tls.checkServerIdentity do it.',
    falls: { 'other-host': 'intercepted', 'stolen-key-other-name': 'intercepted' },
  },
} satisfies Client

function namesOf({ subjectaltname = '' }: PeerCertificate): string[] {
  return subjectaltname.split(', ').map((name) => name.replace(/^DNS:/, ''))
}

function mismatch(host: string): Error {
  return Object.assign(new Error(`the certificate is not for ${host}`), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}
