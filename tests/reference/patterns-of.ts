import { execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { createWorldFiles } from '#client/external/world.ts'
import { canonicalHost, PinError, pinnedConnect, pinOf } from '#pin/index.ts'
import { type Server, startServer, toLoopback } from '../pin/server.ts'
import type { Pair } from './pairs.ts'

/** A TLS server that is every host of the pairs, with a certificate of an authority that is trusted. */
export interface EveryHost extends AsyncDisposable {
  readonly port: number
  readonly root: string
  /** Of the key that it has. */
  readonly pin: string
}

/** Of a key that nobody has. */
const STRANGE_PIN = `sha256/${Buffer.alloc(32, 7).toString('base64')}`

export async function everyHost(pairs: readonly Pair[]): Promise<EveryHost> {
  const validity = lasting(new Date(), 2)
  const root = await createAuthority({ name: 'Pattern Root', validity })
  const names = [...new Set(pairs.flatMap(({ host }) => nameOf(host)))]
  const leaf = await issue({ names, validity, signedBy: root })
  const server: Server = await startServer(leaf)
  return {
    port: server.port,
    root: root.chain,
    pin: pinOf(new X509Certificate(leaf.chain)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** OkHttp's side, compiled; it has to be fetched first, so that without a network there may be none. */
export interface OkHttp extends AsyncDisposable {
  readonly work: string
}

/** @throws what Maven says when it cannot have OkHttp */
export async function compileOkHttp(): Promise<OkHttp> {
  const work = await mkdtemp(join(tmpdir(), 'pinlab-patterns-'))
  const remove = () => rm(work, { recursive: true, force: true })
  try {
    await compile(work)
  } catch (error) {
    await remove()
    throw error
  }
  return { work, [Symbol.asyncDispose]: remove }
}

/** What OkHttp takes each pattern for, asked over the network in one process. */
export async function relationsToOkHttp(
  pairs: readonly Pair[],
  { port, root, pin }: EveryHost,
  { work }: OkHttp,
): Promise<string[]> {
  await using files = await createWorldFiles()
  const store = [
    ['trustStore', await files.pkcs12([root])],
    ['trustStorePassword', 'changeit'],
    ['trustStoreType', 'PKCS12'],
  ].map(([name, value]) => `-Djavax.net.ssl.${name}=${value}`)
  const command = ['-cp', `${work}/classes:${work}/lib/*`, ...store, 'Patterns', String(port)]
  const java = spawn('java', command, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = pairs.flatMap(({ pattern, host }) => [STRANGE_PIN, pin].map((one) => `${pattern}\t${host}\t${one}\n`))
  java.stdin.end(lines.join(''))
  const [written] = await Promise.all([text(java.stdout), once(java, 'close')])
  const answers = written.trim().split('\n')
  return pairs.map((_, index) => relation(answers[2 * index], answers[2 * index + 1]))
}

/** And what this repository's library takes it for. */
export async function relationsToOurs(pairs: readonly Pair[], server: EveryHost): Promise<string[]> {
  const asked = pairs.map(async (pair) =>
    relation(await answerOf(pair, STRANGE_PIN, server), await answerOf(pair, server.pin, server)),
  )
  return await Promise.all(asked)
}

async function answerOf({ pattern, host }: Pair, pin: string, { port, root }: EveryHost): Promise<string> {
  try {
    const name = canonicalHost(host)
    const options = { ca: [root], allowSinglePin: true, lookup: toLoopback }
    const client = pinnedConnect({ ...options, pins: [{ host: pattern, pins: [pin] }] })
    try {
      await client.connect(`https://${name}:${port}/`)
      return 'accepted'
    } finally {
      await client.close()
    }
  } catch (error) {
    if (!(error instanceof PinError)) throw error
    return OURS[error.code] ?? error.message
  }
}

// A host that no pattern covers is no business of OkHttp's pinner: it lets it pass. Ours asks pinned hosts only.
const OURS: Readonly<Record<string, string>> = {
  PIN_MISMATCH: 'mismatch',
  HOST_NOT_PINNED: 'accepted',
  POLICY_INVALID: 'refused: pattern',
  HOST_REFUSED: 'refused: host',
}

/** From the answers for a pin of a key that nobody has, and for the pin of the server's own. */
function relation(strange = 'nothing', own = 'nothing'): string {
  if (strange.startsWith('refused') && own.startsWith('refused')) return 'refuses'
  if (strange === 'mismatch' && own === 'accepted') return 'covers'
  if (strange === 'accepted' && own === 'accepted') return 'leaves'
  return `${strange}, ${own}`
}

const POM = fileURLToPath(new URL('../../services/client/reference/okhttp/pom.xml', import.meta.url))

async function compile(work: string): Promise<void> {
  await promisify(execFile)('mvn', ['-q', '-B', '-f', POM, `-Dwork=${work}`, 'compile', 'dependency:copy-dependencies'])
}

function nameOf(host: string): string[] {
  try {
    return [canonicalHost(host)]
  } catch {
    return []
  }
}
