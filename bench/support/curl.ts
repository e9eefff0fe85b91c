import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface CurlTarget {
  readonly host: string
  readonly port: number
  /** PEM */
  readonly authority: string
  /** How many fresh connections one process makes, one after the other. */
  readonly connections: number
}

export interface Curl extends AsyncDisposable {
  /**
   * @param pins as the lab writes them: `sha256/…`
   * @returns µs for a connection, with one request, and its share of the start of the process
   */
  visit(pins?: readonly string[]): Promise<number>
  /** Whether it refuses everybody but whoever has that pin: otherwise there is nothing to measure. */
  refuses(pin: string): Promise<boolean>
}

const MOST_TIME = 60_000
/** CURLE_SSL_PINNEDPUBKEYNOTMATCH: https://curl.se/libcurl/c/libcurl-errors.html */
const PIN_MISMATCH = 90

/** @returns undefined where there is no curl */
export async function findCurl({ host, port, authority, connections }: CurlTarget): Promise<Curl | undefined> {
  const run = promisify(execFile)
  const found = await run('curl', ['--version']).catch(() => undefined)
  if (!found) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
  const [ca, list] = [join(folder, 'ca.pem'), join(folder, 'visits')]
  const one = `url = "https://${host}:${port}/"\noutput = "${join(folder, 'answer')}"\n`
  await Promise.all([writeFile(ca, authority), writeFile(list, one.repeat(connections))])
  // Nothing else makes every one of them a fresh one: without the header it keeps the connection, whatever
  // --no-keepalive says (which is about TCP), and without --no-sessionid it takes up sessions again.
  const fresh = ['--header', 'Connection: close', '--no-sessionid', '--http1.1']
  const where = ['--cacert', ca, '--resolve', `${host}:${port}:127.0.0.1`, '--config', list]
  const ask = (pins: readonly string[]) => {
    const pinned = pins.length > 0 ? ['--pinnedpubkey', pins.map(inItsWords).join(';')] : []
    const args = [
      '--disable',
      '--noproxy',
      '*',
      '--silent',
      '--show-error',
      '--fail-early',
      ...fresh,
      ...pinned,
      ...where,
    ]
    return run('curl', args, { timeout: MOST_TIME })
  }
  return {
    visit: async (pins = []) => {
      const started = performance.now()
      await ask(pins)
      return ((performance.now() - started) * 1000) / connections
    },
    refuses: async (pin) => {
      const error: unknown = await ask([pin]).catch((failure: unknown) => failure)
      return error instanceof Error && 'code' in error && error.code === PIN_MISMATCH
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Of the same meaning, with a slash more. */
function inItsWords(pin: string): string {
  return pin.replace(/^sha256\//, 'sha256//')
}
