import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { generatedFiles } from '#certs/layout.ts'
import type { Material } from '#certs/material.ts'
import { writeFileAtomically } from '#kit/files.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The material as files in a folder of its own, and the settings that lead there. */
export async function install(material: Material) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'pinning-lab-'))
  const at = (path: string) => join(folder.path, path)
  await Promise.all(
    generatedFiles(material).map(({ path, content }) => writeFileAtomically(at(path), content(material))),
  )
  return {
    at,
    clientEnv: {
      CLIENT_CERT: at('client/cert.pem'),
      CLIENT_PINS: at('client/pins.json'),
      CLIENT_DEVICE_AUTHORITIES: at('client/device-authorities.pem'),
      CLIENT_ATTACKER_AUTHORITY: at('client/attacker-authority.pem'),
      CLIENT_ATTESTATION_AUTHORITIES: at('client/device-authorities.pem'),
      CLIENT_BACKSTAGE_TOKEN_FILE: at('client/backstage-token'),
      CLIENT_BACKSTAGE_PORT: '0',
    },
    attestationEnv: {
      ATTESTATION_CERT: at('attestation/cert.pem'),
      ATTESTATION_KEY: at('attestation/key.pem'),
      ATTESTATION_SECRET_FILE: at('attestation/attestation-secret'),
      ATTESTATION_REGISTERED: at('attestation/registered.json'),
      ATTESTATION_SHIPPED_PINS: at('attestation/pins.json'),
      ATTESTATION_SHIPPED_CERT: at('attestation/client-cert.pem'),
      ATTESTATION_PORT: '0',
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  }
}

export interface Command {
  /** Below the repository's root. */
  readonly main: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function run(command: Command): Promise<Ended> {
  const child = start(command)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

/** A service in a process of its own: settled when its log says that it listens. */
export async function runService(command: Command) {
  const child = start(command)
  const ended = once(child, 'close')
  let log = ''
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      log += chunk
      const line = log.split('\n').find((one) => one.includes('"msg":"listening"'))
      if (line) resolve((JSON.parse(line) as { port: number }).port)
    })
    child.stderr.on('data', (chunk) => {
      log += chunk
    })
    child.once('close', () => reject(new Error(`it ended without listening:\n${log}`)))
  })
  const end = async () => {
    child.kill('SIGTERM')
    await ended
    return child.exitCode
  }
  return { port, log: () => log, end, [Symbol.asyncDispose]: async () => void (await end()) }
}

export function start({ main, args, env = {} }: Command) {
  // Only what is given: a setting of the machine that runs the tests must not reach them.
  return spawn(process.execPath, [join(root, main), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
