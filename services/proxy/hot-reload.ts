import { constants, createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { SecureContext, Server } from 'node:tls'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import type { Log } from '#kit/log.ts'
import { type Identity, identityOf, type Pair } from './identity.ts'

/** Files are watched: a renewed pair is shown to new connections as soon as it is whole. */
export type IdentitySource =
  | { readonly kind: 'given'; readonly chain: string; readonly key: string }
  | { readonly kind: 'files'; readonly cert: string; readonly key: string }

export interface IdentitySources {
  /** Shown unless a client asks for a name of the other one. */
  readonly selfSigned: IdentitySource
  readonly caSigned?: IdentitySource
}

export interface Reload {
  readonly identity: keyof IdentitySources
  readonly outcome: 'unchanged' | 'renewed' | 'refused'
  /** Why it was refused, in words. */
  readonly reason?: string
}

export interface Identities extends Disposable {
  readonly standard: Identity
  choose(servername: string): SecureContext
  reload(): Promise<readonly Reload[]>
  /** From now on changed files are noticed, and `server` shows what they hold to new connections. */
  attach(server: Server): void
}

/** @throws LabError IDENTITY_UNUSABLE, CANNOT_READ */
export async function openIdentities(
  sources: IdentitySources,
  { log, now }: { log: Log; now: () => Date },
): Promise<Identities> {
  const selfSigned = await openSlot('selfSigned', sources.selfSigned, now)
  const caSigned = sources.caSigned && (await openSlot('caSigned', sources.caSigned, now))
  const slots = caSigned ? [selfSigned, caSigned] : [selfSigned]
  let server: Server | undefined
  let watching: Disposable | undefined

  const reloadAll = async () => {
    const reloads: Reload[] = []
    for (const slot of slots) reloads.push(await reloadSlot(slot, { log, now }))
    if (reloads.some(({ outcome }) => outcome === 'renewed')) {
      // Also makes new ticket keys: a session begun under the old certificate must not slip past a look at the new one.
      server?.setSecureContext(serverOptions(selfSigned.identity))
    }
    return reloads
  }
  let queue: Promise<readonly Reload[]> = Promise.resolve([])
  const reload = () => {
    queue = queue.then(reloadAll, reloadAll)
    return queue
  }
  return {
    get standard() {
      return selfSigned.identity
    },
    choose: (servername) => {
      // RFC 6066 section 3 sends no last dot; Node sends the host as its URL has it.
      const host = servername.replace(/\.$/, '')
      return (caSigned?.identity.leaf.checkHost(host) ? caSigned : selfSigned).identity.context
    },
    reload,
    attach(to) {
      server = to
      const files = slots.flatMap(({ source }) => (source.kind === 'files' ? [source.cert, source.key] : []))
      if (files.length > 0) watching = watchFiles(files, () => void reload())
    },
    [Symbol.dispose]: () => watching?.[Symbol.dispose](),
  }
}

/** Those of TLS 1.3, and of TLS 1.2 what has forward secrecy and authenticates what it encrypts (RFC 9325 section 4.2). */
const CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20'

export function serverOptions({ chain, key }: Pair) {
  return {
    cert: chain,
    key,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    // A client may else ask for a new handshake again and again, which costs it little (TLS 1.2).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const
}

interface Slot {
  readonly name: keyof IdentitySources
  readonly source: IdentitySource
  identity: Identity
  /** Of what was last looked at, so that one refusal is one line in the log. */
  seen: string
}

async function openSlot(name: Slot['name'], source: IdentitySource, now: () => Date): Promise<Slot> {
  const pair = await read(source)
  const identity = identityOf(pair, now())
  if (typeof identity === 'string') {
    throw new LabError('IDENTITY_UNUSABLE', `the proxy cannot show its ${WORDS[name]} certificate: ${identity}`, {
      hint: 'make a fresh set: npm run certs',
    })
  }
  return { name, source, identity, seen: fingerprint(pair) }
}

const WORDS = { selfSigned: 'self-signed', caSigned: 'CA-signed' } as const

async function reloadSlot(slot: Slot, { log, now }: { log: Log; now: () => Date }): Promise<Reload> {
  let pair: Pair | undefined
  let found: Identity | string
  try {
    pair = await read(slot.source)
    if (pair.chain === slot.identity.chain && pair.key === slot.identity.key) {
      slot.seen = fingerprint(pair)
      return { identity: slot.name, outcome: 'unchanged' }
    }
    found = identityOf(pair, now())
  } catch (error) {
    found = error instanceof Error ? error.message : String(error)
  }
  const seen = pair ? fingerprint(pair) : String(found)
  const again = seen === slot.seen
  slot.seen = seen
  if (typeof found === 'string') {
    if (!again) log.warn({ identity: WORDS[slot.name], reason: found }, 'renewed pair refused, the old one stays')
    return { identity: slot.name, outcome: 'refused', reason: found }
  }
  slot.identity = found
  log.info(
    { identity: WORDS[slot.name], until: found.leaf.validToDate.toISOString(), fingerprint: found.leaf.fingerprint256 },
    'renewed pair in use for new connections',
  )
  return { identity: slot.name, outcome: 'renewed' }
}

async function read(source: IdentitySource): Promise<Pair> {
  if (source.kind === 'given') return { chain: source.chain, key: source.key }
  const hint = 'make a fresh set: npm run certs'
  const chain = await readTextFile(source.cert, "the proxy's certificate", hint)
  return { chain, key: await readTextFile(source.key, "the proxy's key", hint) }
}

function fingerprint({ chain, key }: Pair): string {
  return createHash('sha256').update(chain).update('\0').update(key).digest('hex')
}

// Events come at once, in bursts, and not at all over some mounts (Docker Desktop's, NFS); the poll sees what they miss.
function watchFiles(files: readonly string[], changed: () => void): Disposable {
  let settle: NodeJS.Timeout | undefined
  const noticed = () => {
    clearTimeout(settle)
    settle = setTimeout(changed, 100)
    settle.unref()
  }
  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => watchFolder(folder, noticed))
  const poll = setInterval(changed, 2000)
  poll.unref()
  return {
    [Symbol.dispose]() {
      clearTimeout(settle)
      clearInterval(poll)
      for (const watcher of watchers) watcher.close()
    },
  }
}

// The folder, not the file: renaming over a file ends a watch on it.
function watchFolder(folder: string, noticed: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, noticed)
    watcher.on('error', () => watcher.close())
    return [watcher]
  } catch {
    return []
  }
}
