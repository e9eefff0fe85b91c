import { type Command, InvalidArgumentError, Option } from 'commander'

/** What the command line says of a device whose button a person presses. */
export interface ManualOptions {
  readonly manual: boolean
  /** An address of this machine. */
  readonly listen?: string
  readonly port?: number
  /** Asked for a second time, where that address is the internet's. */
  readonly public: boolean
}

export const MANUAL_PORT = 8888

export function addManualOptions(command: Command): Command {
  return command
    .option('--manual', 'in place of a command: a phone, a browser, a desktop app; you press the button', false)
    .option('--listen <address>', 'with --manual: where the device finds the proxy; else this machine only, 127.0.0.1')
    .option('--public', "with --listen: yes, even on an address of the internet's", false)
    .addOption(
      new Option(
        '--port <n>',
        `with --manual: the proxy's port, the same for all attacks; else ${MANUAL_PORT}`,
      ).argParser(portOf),
    )
}

interface Given extends ManualOptions {
  readonly reference: readonly string[]
  readonly env: readonly string[]
  readonly stdin: boolean
  readonly plainEnv: boolean
  readonly save?: string
  readonly image?: string
}

/** What is wrong about them, as commander would say it. */
export function manualContradiction(given: Given, command: string | undefined, road?: string): string | undefined {
  const { manual, listen, port, reference, env, stdin, plainEnv, save, image } = given
  if (given.public && listen === undefined) return 'error: --public is for --listen'
  if (!manual) {
    return listen === undefined && port === undefined ? undefined : 'error: --listen and --port are for --manual'
  }
  if (command !== undefined || reference.length > 0) return 'error: --manual takes no command beside it'
  if (env.length > 0 || stdin || plainEnv || save !== undefined || image !== undefined)
    return 'error: --env, --plain-env, --stdin, --save and --image are for a command, and --manual runs none'
  return road === 'takeover' ? 'error: --manual takes the proxy road: a device is told a proxy' : undefined
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw new InvalidArgumentError('it is not a port from 0, which is any that is free, to 65535')
  return port
}
