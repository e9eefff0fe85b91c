import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { isSelfIssued } from '#certs/authority.ts'
import { namesOf } from '#certs/credentials.ts'
import { codeOf, LabError } from '#kit/error.ts'
import type { Target } from './target-options.ts'

export interface Probed {
  /** PEM */
  readonly leaf: string
  /** PEM: the intermediate authority that it sends along, where it has one. */
  readonly intermediate?: string
  /** It ended the connection because nobody showed it a certificate. */
  readonly wantsCertificate: boolean
}

/** ms */
const PATIENCE = 5_000
/** ms in which a host that asks for a certificate, and got none, says so */
const SECOND_THOUGHTS = 1_000

/**
 * One handshake with the target, in which nothing is asked: it has to be a host that a sound client would take.
 * @throws LabError TARGET_UNREACHABLE, TARGET_EXPIRED, TARGET_UNTRUSTED
 */
export async function probe(target: Target): Promise<Probed> {
  const { host, port, authorities } = target
  const socket = connect({
    ...{ host, port, ca: [...authorities] },
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // Looked at below, in words.
    rejectUnauthorized: false,
  })
  const begun = Promise.race([afterHandshake(socket), delay(PATIENCE + SECOND_THOUGHTS, false, { ref: false })])
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE) })
    const peer = socket.getPeerX509Certificate()
    const leaf = peer?.toString() ?? ''
    refuseUnsound(socket, target, leaf)
    const above = peer?.issuerCertificate?.toString()
    const intermediate = above !== undefined && above !== leaf && !isSelfIssued(above) ? { intermediate: above } : {}
    return { leaf, ...intermediate, wantsCertificate: await begun }
  } catch (error) {
    throw error instanceof LabError ? error : unreachable(target, error)
  } finally {
    socket.on('error', () => {}).destroy()
  }
}

/**
 * With TLS 1.3 a client is done before the host has seen that there is no certificate (RFC 8446 section 4.4.2.4). A
 * ticket comes only when the host is done too.
 */
async function afterHandshake(socket: TLSSocket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('error', (error) => resolve(/CERTIFICATE_REQUIRED|BAD_CERTIFICATE/.test(codeOf(error) ?? '')))
    socket.once('close', () => resolve(false))
    socket.once('secureConnect', () => {
      socket.resume()
      socket.once('session', () => resolve(false))
      setTimeout(() => resolve(false), SECOND_THOUGHTS).unref()
    })
  })
}

function refuseUnsound({ authorizationError }: TLSSocket, { host, port }: Target, leaf: string): void {
  // Node gives a code here, and an Error where it is the name that is wrong.
  const code = codeOf(authorizationError) ?? (authorizationError ? String(authorizationError) : undefined)
  if (code === undefined) return
  const where = `${host}:${port}`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    throw new LabError(
      'TARGET_EXPIRED',
      `a certificate of ${where} is out of date (${code}), so a sound client refuses it`,
      {
        kind: 'inconclusive',
        hint: 'renew it, or look at this machine’s clock',
      },
    )
  }
  const isName = code === 'ERR_TLS_CERT_ALTNAME_INVALID'
  const why = isName
    ? `its certificate is for ${namesOf(leaf).join(', ')}`
    : `nobody vouches for its certificate (${code})`
  throw new LabError('TARGET_UNTRUSTED', `${where} is not to be trusted: ${why}`, {
    kind: 'inconclusive',
    hint: isName ? 'ask for it by that name' : 'name the authority that does: --ca FILE',
  })
}

function unreachable({ host, port }: Target, error: unknown): LabError {
  const code = codeOf(error) ?? String(error)
  const why = code === 'ABORT_ERR' ? `no TLS within ${PATIENCE} ms` : code
  const isAlert = /ALERT/.test(code)
  return new LabError('TARGET_UNREACHABLE', `${host}:${port} cannot be reached: ${why}`, {
    ...{ kind: 'inconclusive', cause: error },
    hint: isAlert
      ? 'does it ask for a client certificate?'
      : 'is it up, and does this machine reach it without a proxy?',
  })
}
