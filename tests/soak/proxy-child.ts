import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Question, Report, Told } from './proxy-process.ts'

const PROGRAM = fileURLToPath(new URL('./proxy-process.ts', import.meta.url))

export interface ProxyChild extends AsyncDisposable {
  readonly port: number
  readonly process: ChildProcess
  /** How it does now; undefined when it has ended. */
  tell(question?: Question): Promise<Report | undefined>
  /** What it ended with; undefined while it runs. */
  ended(): number | NodeJS.Signals | undefined
}

/** The proxy in a process of its own, which says how it does when it is asked. */
export async function forkProxy(settings: NodeJS.ProcessEnv): Promise<ProxyChild> {
  const { PATH } = process.env
  const child = fork(PROGRAM, { execArgv: ['--expose-gc'], env: { PATH, PROXY_PORT: '0', ...settings } })
  const exited = once(child, 'exit').then(() => undefined)
  const heard = async () => (await Promise.race([once(child, 'message'), exited]))?.[0] as Told | undefined
  const first = await heard()
  if (!first || !('port' in first)) throw new Error('the proxy does not start')
  return {
    port: first.port,
    process: child,
    async tell(question = 'how are you?') {
      if (!child.connected) return undefined
      const told = heard()
      child.send(question, () => {})
      return (await told) as Report | undefined
    },
    ended: () => child.exitCode ?? child.signalCode ?? undefined,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
