import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type ConnectionOptions, connect, type PeerCertificate } from 'node:tls'
import { pinOfCertificate } from '#certs/credentials.ts'
import { pinOfSpki } from '#certs/key.ts'
import type { Material } from '#certs/material.ts'
import { HOSTS } from '#kit/names.ts'
import { proxyFolder } from './files.ts'
import { freshMaterial, type UpstreamHandler, withProxy } from './world.ts'

/** A proxy that watches its files. */
export async function withFiles(options: { readonly answer?: UpstreamHandler } = {}) {
  const material = await freshMaterial()
  const files = await proxyFolder(material)
  const world = await withProxy({ ...options, config: { identities: files.identities } })
  return {
    ...world,
    files,
    renewed: () => world.line(({ msg }) => msg === 'renewed pair in use for new connections'),
    refused: () => world.line(({ msg }) => msg === 'renewed pair refused, the old one stays'),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await files[Symbol.asyncDispose]()
    },
  }
}

export interface Look {
  readonly material: Material
  readonly port: number
  readonly servername?: string
  /** Refuse every key but these. */
  readonly pins?: readonly string[]
}

/** Connects anew, verifies chain and name, and tells what was shown. */
export async function look({ material, port, servername, pins }: Look, more: ConnectionOptions = {}) {
  const name = servername ?? HOSTS.api
  const socket = connect({
    host: '127.0.0.1',
    port,
    ...(name === '' ? {} : { servername: name }),
    ca: [material.root.chain, material.proxySelfSigned.chain],
    checkServerIdentity: (_: string, { raw }: PeerCertificate) => {
      const pin = pinOfCertificate(pem(raw))
      return pins && !pins.includes(pin) ? new Error(`PIN_MISMATCH ${pin}`) : undefined
    },
    ...more,
  })
  await once(socket, 'secureConnect')
  const reused = socket.isSessionReused()
  const shown = socket.getPeerCertificate()
  socket.destroy()
  // A resumed session shows no certificate: that is what makes it dangerous to pins.
  return reused ? { reused } : { reused, pin: pinOfSpki(spkiOf(shown)), fingerprint: shown.fingerprint256 }
}

const pem = (raw: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`

const spkiOf = ({ raw }: PeerCertificate) =>
  Buffer.from(new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' }))
