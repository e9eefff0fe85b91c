import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { createMaterial } from '#certs/material.ts'
import { freePort, type Running, runProgram, runScript } from './process.ts'

/** Whoever stands in the middle: forges a certificate, reads a request, passes it on, and passes the answer back. */
export interface Interceptor {
  readonly name: string
  readonly running: Running
  /** Made ready for who means that host. */
  ready(host: string): Promise<Readiness>
}

interface Readiness {
  readonly port: number
  /** that it took; none where the first connection has to wait for it instead */
  readonly ms: number
}

export interface Interceptors extends AsyncDisposable {
  readonly attacker: Interceptor
  readonly mockttp: Interceptor
  /** The TLS of it, and nothing else. */
  readonly terminator: Interceptor
  /** Absent where it is not installed. */
  readonly mitmdump: Interceptor | undefined
}

/** All of them, before the same upstream. */
export async function startInterceptors(): Promise<Interceptors> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const { proxyCaSigned } = await createMaterial({ now: new Date() })
  const UPSTREAM_TLS = JSON.stringify({ key: proxyCaSigned.key, cert: proxyCaSigned.chain })
  const upstream = opened.use(await runScript('./upstream.ts', { UPSTREAM_TLS }))
  const PEER = JSON.stringify({ upstreamPort: upstream.port })
  const attacker = armed(opened.use(await runScript('./attacker.ts', { PEER })))
  const mockttp = standing('mockttp', opened.use(await runScript('./mockttp.ts', { PEER })))
  const terminator = standing('TLS alone', opened.use(await runScript('./terminator.ts', {})))
  const started = await startMitmdump(folder, upstream.port)
  const mitmdump = started && standing('mitmdump', opened.use(started))
  const stack = opened.move()
  return { attacker, mockttp, terminator, mitmdump, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** ms without a byte, after which a connection counts as failed */
const PATIENCE = 30_000

/**
 * A connection of its own, one question, the whole answer.
 * @returns the fingerprint of the certificate that was shown
 */
export async function visit(port: number, host: string): Promise<string> {
  // From another address than the interceptors' own connections: mockttp takes whoever comes from the address and port of
  // one of those for itself (https://github.com/httptoolkit/mockttp, isSocketLoop), and on loopback a port is used twice.
  const from = { host: '127.0.0.1', port, localAddress: '127.0.0.2' }
  const socket = connect({ ...from, servername: host, rejectUnauthorized: false })
  socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`no answer within ${PATIENCE} ms`)))
  await once(socket, 'secureConnect')
  const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  socket.write(`GET /1k HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  const answer = await buffer(socket)
  if (answer.subarray(0, 12).toString() !== 'HTTP/1.1 200' || !answer.toString('latin1').includes('a'.repeat(1024))) {
    throw new Error(`the answer was ${answer.subarray(0, 60)}`)
  }
  return shown
}

/** The lab's: a play for each time that it is asked. */
function armed(running: Running): Interceptor {
  const ready = async (host: string) => {
    const said = once(running.child, 'message') as Promise<[Readiness]>
    running.child.send(host)
    return (await said)[0]
  }
  return { name: 'the attacker', running, ready }
}

function standing(name: string, running: Running): Interceptor {
  return { name, running, ready: async () => ({ port: running.port, ms: 0 }) }
}

async function startMitmdump(folder: string, upstreamPort: number): Promise<Running | undefined> {
  const found = (process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, 'mitmdump')))
  if (!found) return undefined
  const port = await freePort()
  const args = ['--mode', `reverse:https://127.0.0.1:${upstreamPort}`, '--listen-host', '127.0.0.1', '-p', `${port}`]
  return runProgram('mitmdump', [...args, '-q', '--ssl-insecure', '--set', `confdir=${folder}`], { port })
}
