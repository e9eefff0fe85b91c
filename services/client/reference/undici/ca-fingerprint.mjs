// "Example: validate the CA fingerprint" of undici's page on connectors, as it stands there; the pin is that of the
// last authority in LAB_CA. It walks `issuerCertificate`, which Node finds by name alone.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { buildConnector, Client } from 'undici'

const authorities = readFileSync(process.env.LAB_CA, 'utf8')
const genuine = authorities.slice(authorities.lastIndexOf('-----BEGIN CERTIFICATE-----'))
const caFingerprint = new X509Certificate(genuine).fingerprint256
const connector = buildConnector({ rejectUnauthorized: false })

const { origin, pathname, search } = new URL(process.env.LAB_URL)
const client = new Client(origin, {
  connect(opts, cb) {
    return connector(opts, (err, socket) => {
      if (err) {
        cb(err)
      } else if (getIssuerCertificate(socket)?.fingerprint256 !== caFingerprint) {
        socket.destroy()
        cb(new Error('Fingerprint does not match or malformed certificate'))
      } else {
        cb(null, socket)
      }
    })
  },
})

function getIssuerCertificate(socket) {
  let certificate = socket.getPeerCertificate(true)
  while (certificate && Object.keys(certificate).length > 0) {
    if (certificate.issuerCertificate == null) return null
    if (certificate.fingerprint256 === certificate.issuerCertificate.fingerprint256) break
    certificate = certificate.issuerCertificate
  }
  return certificate
}

const headers = { 'approov-token': process.env.LAB_TOKEN }
const { statusCode, body } = await client.request({ path: pathname + search, method: 'GET', headers })
if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
process.stdout.write(await body.text())
await client.close()
