import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EXIT } from '#kit/error.ts'

/** A program that is measured, or that serves those that are. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  readonly port: number
  /** s of CPU that it and its children have taken until now */
  cpu(): Promise<number>
  /** MiB that are in memory now */
  memory(): Promise<number>
}

const children = new Set<ChildProcess>()
// However a benchmark ends: called off, fallen, or with nobody left who reads what it prints. Not SIGKILL: nginx would leave its
// workers behind.
process.on('exit', () => {
  for (const child of children) child.kill()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT.interrupted))
process.stdout.on('error', () => process.exit(EXIT.broken))

/** A script of ours that sends `{ port }` when it listens. */
export async function runScript(path: string, env: Record<string, string>): Promise<Running> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(path, import.meta.url))], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  watch(child)
  const said = once(child, 'message') as Promise<[{ readonly port: number }]>
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${path} ended with ${code}`)
  })
  const [{ port }] = await Promise.race([said, ended])
  ended.catch(() => {})
  return running(child, port)
}

/** Anything else, which takes the port that it is told. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { port, ...options }: SpawnOptions & { readonly port: number },
): Promise<Running> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'ignore', 'inherit'], ...options })
  watch(child)
  await listens(child, port)
  return running(child, port)
}

function watch(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

async function listens(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`)
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await delay(20)
    } finally {
      socket.destroy()
    }
  }
}

function running(child: ChildProcess, port: number): Running {
  const stats = async () => {
    const end = child.signalCode ?? child.exitCode
    if (end !== null) throw new Error(`it ended with ${end}`)
    return await family(child.pid ?? 0)
  }
  return {
    child,
    port,
    cpu: async () => sum((await stats()).map(cpuOf)),
    memory: async () => sum((await stats()).map(memoryOf)),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([gone, delay(3000, undefined, { ref: false })])
      child.kill('SIGKILL')
    },
  }
}

/** Of /proc: fields after the name, which may hold anything (proc_pid_stat(5)). */
interface Stat {
  readonly user: number
  readonly system: number
  readonly pages: number
}

async function family(pid: number): Promise<Stat[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const below = await Promise.all(children.trim().split(' ').filter(Boolean).map(Number).map(family))
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return [{ user: Number(fields[11]), system: Number(fields[12]), pages: Number(fields[21]) }, ...below.flat()]
}

/** Linux counts in hundredths (sysconf(_SC_CLK_TCK)), and in pages of 4 KiB. */
const cpuOf = ({ user, system }: Stat) => (user + system) / 100
const memoryOf = ({ pages }: Stat) => (pages * 4) / 1024

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
