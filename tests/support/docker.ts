import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { describe } from '@jest/globals'

const OLDEST = 20

/** Why containers cannot be tried here; undefined when they can. */
function missing(): string | undefined {
  const engine = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' })
  if (engine.error) return 'there is no docker command'
  if (engine.status !== 0) return 'no Docker engine answers'
  const version = engine.stdout.trim()
  if (Number(version.split('.')[0]) < OLDEST)
    return `the Docker engine is ${version}, the lab needs ${OLDEST}.10 or newer`
  const compose = spawnSync('docker', ['compose', 'version', '--short'], { encoding: 'utf8' })
  return compose.status === 0 ? undefined : 'docker compose is missing'
}

/**
 * `describe`, where an engine answers. Elsewhere the reason is printed and the tests are skipped; with
 * REQUIRE_DOCKER=1, as in CI, that is a failure.
 */
export function describeWithDocker(name: string, tests: () => void): void {
  const reason = missing()
  if (reason === undefined) describe(name, tests)
  else if (process.env.REQUIRE_DOCKER === '1') throw new Error(`REQUIRE_DOCKER is set, but ${reason}`)
  else {
    process.stderr.write(`skipped: ${name}: ${reason}\n`)
    describe.skip(name, tests)
  }
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
}

/** Runs a `docker compose` command on the project's own file; rejects only when it cannot be started. */
export function compose(folder: string, project: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['compose', '--project-name', project, '--file', 'docker-compose.yml', ...args], {
      cwd: folder,
      // Port 0: Docker chooses a free one, so that several labs can be tested at once.
      env: { ...process.env, LAB_PORT: '0', DASHBOARD_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    child.once('error', reject)
    child.once('close', async (code) => resolve({ code: code ?? 1, stdout: await stdout, stderr: await stderr }))
  })
}
