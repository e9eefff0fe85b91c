import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Material } from '#certs/material.ts'
import { proxyFolder } from '../files.ts'
import { ATTESTATION_SECRET, NASA_KEY } from './secrets.ts'

/** What is fuzzed. */
export interface Target extends AsyncDisposable {
  readonly port: number
}

export interface TargetWatch {
  line(text: string): void
  /** It has crashed, warned, or connected to where it should not. */
  trouble(what: string): void
}

export interface TargetPlace {
  readonly material: Material
  readonly upstreamPort: number
  readonly trustForwarded: boolean
}

const main = fileURLToPath(new URL('../../../services/proxy/main.ts', import.meta.url))
const guard = new URL('./only-the-upstream.ts', import.meta.url).href

/** The real proxy as the program that it is: a rejection that nobody handles ends it, and is seen. */
export async function startProxyProgram(place: TargetPlace, watch: TargetWatch): Promise<Target> {
  const folder = await proxyFolder({ ...place.material, attestationSecret: ATTESTATION_SECRET })
  const child = spawn(process.execPath, ['--import', guard, main], {
    env: environment(place, folder.settings),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C is for the fuzzer, which ends it.
    detached: true,
    windowsHide: true,
  })
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the pipes are missing')
  let ending = false
  const heard = text(stderr)
  stderr.on('data', (chunk: Buffer) => watch.trouble(`the proxy says on stderr: ${chunk}`))
  const exited = once(child, 'exit').then(async ([code, signal]) => {
    if (!ending || code !== 0) watch.trouble(`the proxy ended with ${code ?? signal}: ${await heard}`)
  })
  const lines = createInterface({ input: stdout })
  const listening = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      watch.line(line)
      const port = /"address":"https:\/\/127\.0\.0\.1:(\d+)"/.exec(line)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
  const port = await Promise.race([listening, exited.then(() => Promise.reject(new Error('the proxy does not start')))])
  return {
    port,
    async [Symbol.asyncDispose]() {
      ending = true
      child.kill('SIGTERM')
      await exited
      await folder[Symbol.asyncDispose]()
    },
  }
}

function environment(
  { upstreamPort, trustForwarded }: TargetPlace,
  settings: Record<string, string>,
): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env
  return {
    ...{ PATH, SystemRoot },
    ...settings,
    PROXY_PORT: '0',
    PROXY_LOG_LEVEL: 'debug',
    PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstreamPort}`,
    PROXY_TRUST_FORWARDED: trustForwarded ? 'on' : 'off',
    // A busy machine is no fault of the proxy's.
    PROXY_CONNECT_TIMEOUT_MS: '60000',
    NASA_API_KEY: NASA_KEY,
    FUZZ_UPSTREAM_PORT: String(upstreamPort),
  }
}
