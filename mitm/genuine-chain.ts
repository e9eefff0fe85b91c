import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { codeOf, LabError } from '#kit/error.ts'
import type { Address } from './relay.ts'

/** ms */
const PATIENCE = 5_000
/** ms; short, so that a certificate renewed in the meantime is seen, and long enough for plays side by side. */
const FRESH = 2_000
const MOST_SIGNERS = 9

/**
 * What anybody can see by asking: the chain that the genuine host sends, PEM, leaf first. Asked once for plays that
 * begin together, and asked again when that was some time ago.
 */
export function createGenuineChains(now: () => Date): (host: string, upstream: Address) => Promise<string> {
  const asked = new Map<string, { at: number; chain: Promise<string> }>()
  return (host, upstream) => {
    const id = `${host} ${upstream.host}:${upstream.port}`
    const time = now().getTime()
    for (const [old, { at }] of asked) if (time - at >= FRESH || time < at) asked.delete(old)
    const known = asked.get(id)
    if (known) return known.chain
    const chain = fetchChain(host, upstream)
    asked.set(id, { at: time, chain })
    chain.catch(() => asked.delete(id))
    return chain
  }
}

async function fetchChain(host: string, upstream: Address): Promise<string> {
  const socket = connect({
    ...upstream,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE) })
    return toPem(socket.getPeerCertificate(true))
  } catch (error) {
    throw new LabError(
      'UPSTREAM_SILENT',
      `the genuine ${host} shows no certificate at ${upstream.host}:${upstream.port}: ${reasonOf(error)}`,
      { kind: 'failure', cause: error, hint: 'is the genuine host up, and is that its address?' },
    )
  } finally {
    socket.on('error', () => {}).destroy()
  }
}

function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return code === 'ABORT_ERR' ? `no answer in ${PATIENCE} ms` : (code ?? String(error))
}

/** Node links what was sent by name only, so the walk has to end by itself: at a self-signed end, or at nine. */
function toPem(leaf: DetailedPeerCertificate): string {
  const seen = new Set<string>()
  const pem: string[] = []
  let current: DetailedPeerCertificate | undefined = leaf
  while (current?.raw && !seen.has(current.fingerprint256) && pem.length <= MOST_SIGNERS) {
    seen.add(current.fingerprint256)
    pem.push(pemOf(current.raw))
    current = current.issuerCertificate
  }
  return pem.join('')
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
