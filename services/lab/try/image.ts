import { randomBytes } from 'node:crypto'
import { chmod, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Client } from '#client/client.ts'
import { type ExternalClient, externalClient } from '#client/external/external.ts'
import type { WorldFiles } from '#client/external/world.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Stage } from '../stage.ts'
import type { Terminal } from '../terminal.ts'
import { type ContainerEngine, cafeOf, findEngine, inspectImage, removeLabelled } from './image-engine.ts'
import { dockerRun, endInside } from './image-line.ts'
import { imageStage } from './image-stage.ts'

export interface OwnImage {
  readonly client: Entry<Client>
  readonly stage: Stage
}

const STARTING =
  'The lab’s containers play. Where they are not up they are started, and the first time built, which takes a minute;\nthey stay up for the next time: docker compose down\n'

/** ms that the engine may take to start and remove a container: that is not the program's time. */
const ENGINE = 10_000

interface Means {
  readonly files: WorldFiles
  readonly timeout: number
  readonly terminal: Terminal
}

/**
 * An image, on the client's network of the lab's containers, which are started where they are not up.
 * @param program its command is the image
 * @throws LabError PLACEHOLDER_UNKNOWN, DOCKER_MISSING, DOCKER_SILENT, IMAGE_MISSING, IMAGE_PLATFORM, STAGE_NOT_UP
 */
export async function ownImage(program: ExternalClient, { files, timeout, terminal }: Means): Promise<OwnImage> {
  const { env, stderr, signal } = terminal
  // What is mistyped is told before anything is looked for.
  externalClient(program, { files, inherited: {} })
  const engine = await findEngine(env)
  const [facts, network] = await Promise.all([inspectImage(engine, program.command), cafeOf(engine)])
  const label = `pinning-lab.try=${randomBytes(6).toString('hex')}`
  const client = imageClient(program, { engine, label, network, files, signal, imageEnv: facts.env })
  stderr.write(STARTING)
  const plays = ['run', '--rm', '--no-TTY', '--label', label, '--entrypoint', 'node services/lab/main.ts plays', 'lab']
  const line = { command: 'docker', args: [...engine.compose, ...plays], env: engine.env }
  try {
    const stage = await imageStage({ line, clients: new Map([[client.id, client]]), timeout: timeout + ENGINE, signal })
    const close = async () => {
      await stage.close()
      await removeLabelled(engine, label)
    }
    return { client, stage: { ...stage, close, [Symbol.asyncDispose]: close } }
  } catch (error) {
    await removeLabelled(engine, label)
    throw error
  }
}

interface Running {
  readonly engine: ContainerEngine
  readonly label: string
  readonly network: string
  readonly files: WorldFiles
  readonly signal: AbortSignal
  readonly imageEnv: Readonly<Record<string, string>>
}

function imageClient(program: ExternalClient, running: Running): Entry<Client> {
  const { engine, label, network, signal, imageEnv } = running
  const { files, mounted } = mountable(running.files)
  const { JAVA_HOME: home, JAVA_TOOL_OPTIONS: java } = imageEnv
  const fixed = { label, network, mounted, env: engine.env, listens: program.stdin ?? false }
  const cacerts = home === undefined ? [] : [`${home}/lib/security/cacerts`]
  let count = 0
  /** @param names gets those of the containers that are started */
  const entry = (names: string[]) =>
    externalClient(program, {
      ...{ files, signal, inherited: java === undefined ? {} : { JAVA_TOOL_OPTIONS: java } },
      engine: {
        start: (line) => {
          count += 1
          const name = `${label.replace('=', '-')}-${count}`
          names.push(name)
          return dockerRun(line, { ...fixed, name, cacerts })
        },
        read: endInside,
      },
    })
  return {
    ...entry([]),
    title: `An image that is not ours: ${[program.command, ...program.args].join(' ')}.`,
    findsNames: true,
    open: async (situation, token) => {
      const names: string[] = []
      const opened = await entry(names).open(situation, token)
      return {
        ...opened,
        close: async () => {
          await opened.close()
          // What was ended has only lost whoever watched it; of the others nothing is left.
          if (names.length > 0) await engine.docker('rm', '--force', '--volumes', ...names).catch(() => {})
        },
      }
    },
  }
}

const INSIDE = '/pinning-lab'

/** The same files under the paths that they have in a container, readable for whatever user it has. */
function mountable(files: WorldFiles) {
  const mounted = new Map<string, string>()
  const inside = async (making: Promise<string>, mode = 0o644) => {
    const path = await making
    const target = `${INSIDE}/${basename(path)}`
    mounted.set(target, path)
    await chmod(path, mode)
    return target
  }
  const insideFolder = async (making: Promise<string>) => {
    const path = await making
    await Promise.all((await readdir(path)).map((name) => chmod(join(path, name), 0o644)))
    return inside(making, 0o755)
  }
  const translated: WorldFiles = {
    ca: (authorities) => inside(files.ca(authorities)),
    certificate: (pem) => inside(files.certificate(pem)),
    pkcs12: (authorities) => inside(files.pkcs12(authorities)),
    jks: (authorities) => inside(files.jks(authorities)),
    folder: (authorities) => insideFolder(files.folder(authorities)),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  }
  return { files: translated, mounted }
}
