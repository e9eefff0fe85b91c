import { PassThrough } from 'node:stream'
import { loadClients } from '#client/catalogue.ts'
import type { ClientReport } from '#client/client.ts'
import { visit } from '#client/run.ts'
import { tryCommand } from '#lab/try-command.ts'
import { terminal } from '../support/terminal.ts'

/** Somebody who uses an app and presses Enter, one attack after the other. */
export interface Session {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export interface Told {
  /** `http://127.0.0.1:40001` */
  readonly proxy: string
  /** `none`, `stranger-authority` */
  readonly attack: string
  /** PEM: what the page offers to install. */
  readonly authorities: readonly string[]
  readonly pins: readonly string[]
  readonly stdin: PassThrough
  readonly interrupt: () => void
}

/**
 * `try --manual` to its end. @param act what happens in each attack before Enter; false when Enter is not pressed, since
 * it has ended the input or interrupted the command
 */
export async function session(args: readonly string[], act: (told: Told) => Promise<boolean>): Promise<Session> {
  const stdin = new PassThrough()
  const controller = new AbortController()
  const screen = { ...terminal(['--manual', '--port', '0', ...args]), stdin, signal: controller.signal }
  const heard = () => screen.printed.stderr
  const failures: unknown[] = []
  let acted = 0
  screen.stderr.on('data', () => {
    const asked = heard().split(PROMPT).length - 1
    if (asked <= acted) return
    acted = asked
    const told = toldBy(heard(), { stdin, interrupt: () => controller.abort() })
    told.then(act).then(
      (press) => press && stdin.write('\n'),
      (error: unknown) => {
        failures.push(error)
        controller.abort()
      },
    )
  })
  const code = await tryCommand(screen)
  if (failures.length > 0) throw failures[0]
  return { ...screen.printed, code }
}

const PROMPT = /press Enter\.\n/

async function toldBy(text: string, rest: Pick<Told, 'stdin' | 'interrupt'>): Promise<Told> {
  const port = /, port (\d+)/.exec(text)?.[1] ?? ''
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const files = [...page.matchAll(/href="(\/authority-\d+\.pem)"/g)].map(([, path = '']) => path)
  return {
    proxy: `http://127.0.0.1:${port}`,
    attack: [...text.matchAll(/^\[\d+ of \d+\] ([\w-]+):/gm)].at(-1)?.[1] ?? '',
    authorities: await Promise.all(files.map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text())),
    pins: [...text.matchAll(/pin +(sha256\/\S+)/g)].map(([, pin = '']) => pin),
    ...rest,
  }
}

/** An app on the device that was set up as it was told: one of the lab's own clients, with got inside. */
export async function app(id: 'unpinned' | 'pinned-key', told: Told, trusts = told.authorities): Promise<ClientReport> {
  const client = (await loadClients()).get(id)
  if (!client) throw new Error(`there is no client ${id}`)
  const situation = {
    origin: 'https://api.lab.test',
    deviceAuthorities: trusts,
    shipped: { certificate: '', pins: [{ host: 'api.lab.test', pins: told.pins }] },
    proxy: told.proxy,
    timeout: 10_000,
  }
  return visit(client, situation, { attest: async () => 'token-of-a-person-0123456789' })
}
