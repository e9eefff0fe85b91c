import { createHash, X509Certificate } from 'node:crypto'
import { checkServerIdentity } from 'node:tls'
import { EnvHttpProxyAgent, request } from 'undici'

const pins = [process.env.LAB_PIN, process.env.LAB_PIN_BACKUP]
const tls = {
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
}

// certificate.pubkey is the SubjectPublicKeyInfo of RSA keys only: of an elliptic curve's it is the bare point.
function spkiOf(certificate) {
  return new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
}

const dispatcher = new EnvHttpProxyAgent({ connect: tls, requestTls: tls })
const headers = { 'approov-token': process.env.LAB_TOKEN }
const { statusCode, body } = await request(process.env.LAB_URL, { headers, dispatcher })
if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
process.stdout.write(await body.text())
