import { createHash, X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { checkServerIdentity } from 'node:tls'
import axios from 'axios'

const pins = [process.env.LAB_PIN, process.env.LAB_PIN_BACKUP]
const httpsAgent = new Agent({
  // Called after the chain has been found good and before the request is written. Whoever gives one of their own must
  // check the name too.
  checkServerIdentity(host, certificate) {
    const digest = createHash('sha256').update(spkiOf(certificate)).digest('base64')
    const isPinned = pins.includes(`sha256/${digest}`)
    return (
      checkServerIdentity(host, certificate) ?? (isPinned ? undefined : new Error(`sha256/${digest} is not pinned`))
    )
  },
  // A resumed session brings no certificate, and Node asks nobody about it.
  maxCachedSessions: 0,
})

// certificate.pubkey is the SubjectPublicKeyInfo of RSA keys only: of an elliptic curve's it is the bare point.
function spkiOf(certificate) {
  return new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
}

const headers = { 'approov-token': process.env.LAB_TOKEN }
const { data } = await axios.get(process.env.LAB_URL, { headers, httpsAgent, responseType: 'text' })
process.stdout.write(data)
