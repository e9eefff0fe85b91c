import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { codeOf, LabError } from '#kit/error.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const run = promisify(execFile)

/** The container engine of this machine, as its command shows it. */
export interface ContainerEngine {
  /** The environment of its command. */
  readonly env: Readonly<Record<string, string>>
  /** What begins every `docker compose` about the lab. */
  readonly compose: readonly string[]
  /** @returns stdout @throws when the command fails */
  docker(...args: string[]): Promise<string>
}

export interface ImageFacts {
  /** What it sets itself. */
  readonly env: Readonly<Record<string, string>>
}

/** @throws LabError DOCKER_MISSING, DOCKER_SILENT */
export async function findEngine(env: Readonly<Record<string, string | undefined>>): Promise<ContainerEngine> {
  const own = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const docker = async (...args: string[]) =>
    (await run('docker', args, { env: own, maxBuffer: 16 * 1024 * 1024 })).stdout
  try {
    await docker('version', '--format', '{{.Server.Version}}')
    await docker('compose', 'version', '--short')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      throw new LabError('DOCKER_MISSING', 'there is no docker command, and an image needs one', {
        hint: 'install Docker with its Compose plugin, or try the program itself: npm run try -- ./my-client {url}',
      })
    }
    throw new LabError('DOCKER_SILENT', 'no Docker engine answers, or Compose is missing', {
      details: wordsOf(error),
      cause: error,
      hint: 'start it; then docker version and docker compose version both answer',
    })
  }
  return { env: own, compose: ['compose', '--project-directory', ROOT, '--file', `${ROOT}docker-compose.yml`], docker }
}

const Inspected = v.tuple([
  v.object({
    Os: v.string(),
    Architecture: v.string(),
    Config: v.nullish(v.object({ Env: v.nullish(v.array(v.string())) })),
  }),
])

/** @throws LabError IMAGE_MISSING, IMAGE_PLATFORM */
export async function inspectImage({ docker, env }: ContainerEngine, image: string): Promise<ImageFacts> {
  const shown = await docker('image', 'inspect', '--', image).catch((cause: unknown) => {
    throw new LabError('IMAGE_MISSING', `there is no image '${image}' on this machine`, {
      details: wordsOf(cause),
      cause,
      hint: `docker build --tag ${image} . or docker pull ${image}; docker images shows what is there`,
    })
  })
  const [{ Os, Architecture, Config }] = v.parse(Inspected, JSON.parse(shown))
  const here = (await docker('version', '--format', '{{.Server.Os}}/{{.Server.Arch}}')).trim()
  const its = `${Os}/${Architecture}`
  if (its !== here && env.DOCKER_DEFAULT_PLATFORM === undefined) {
    throw new LabError('IMAGE_PLATFORM', `'${image}' is for ${its}, and the engine is ${here}`, {
      hint: `docker build --platform ${here} … or, where the engine emulates it, DOCKER_DEFAULT_PLATFORM=${its}`,
    })
  }
  const pairs = (Config?.Env ?? []).map((text) => [text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1)])
  return { env: Object.fromEntries(pairs) }
}

const Composed = v.object({ networks: v.object({ cafe: v.object({ name: v.string() }) }) })

/** How the network is called on which the client is. */
export async function cafeOf({ docker, compose }: ContainerEngine): Promise<string> {
  const shown = await docker(...compose, 'config', '--format', 'json')
  return v.parse(Composed, JSON.parse(shown)).networks.cafe.name
}

/** Removes every container that bears the label: also one that the engine was still making. */
export async function removeLabelled({ docker }: ContainerEngine, label: string): Promise<void> {
  for (let again = 0; again < 5; again++) {
    const ids = (await docker('ps', '--all', '--quiet', '--filter', `label=${label}`))
      .trim()
      .split('\n')
      .filter(Boolean)
    if (ids.length === 0) return
    // One that removes itself meanwhile is as good.
    await docker('rm', '--force', '--volumes', ...ids).catch(() => {})
  }
}

function wordsOf(error: unknown): string[] {
  const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : ''
  return said.trim().split('\n').filter(Boolean).slice(0, 4)
}
