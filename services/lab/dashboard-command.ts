import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { untilAborted } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { silentLog } from '#kit/log.ts'
import { authorityOf, isLoopback, reachableAt } from './addresses.ts'
import { type LabConfig, labConfig } from './config.ts'
import { startDashboard } from './dashboard/dashboard.ts'
import { firstLook, loadCatalogues } from './experiment.ts'
import { composeStage } from './stages/compose.ts'
import { embeddedStage } from './stages/embedded.ts'
import type { Terminal } from './terminal.ts'
import { versions } from './versions.ts'

const NOTHING_NAMED = { attack: [], client: [] }

interface DashboardCommandOptions {
  readonly port: number
  readonly listen: string
  readonly containers: boolean
}

/** `npm run lab`: the dashboard, everything in one process. Gives the exit code. */
export async function dashboardCommand(terminal: Terminal): Promise<number> {
  const { stdout, stderr, env, signal } = terminal
  const { port, listen: host, containers } = parsed(terminal)
  const catalogues = await loadCatalogues()
  const config = containers ? labConfig(env) : undefined
  await using stage = await (config ? composeStage(config, now) : embeddedStage({ clients: catalogues.clients, now }))
  await using dashboard = await startDashboard({
    ...{ stage, catalogues, host, port, now, log: silentLog() },
    ...{ versions: await versions(), jobs: 4 * availableParallelism() },
  })
  const addresses = reachableAt(host)
  if (config) stdout.write(`The dashboard: ${published(config)}\n`)
  else {
    const links = addresses.map((address) => `http://${authorityOf(address, dashboard.port)}`)
    stdout.write(`The dashboard: ${links.join(', ')}\nCtrl-C ends it.\n`)
    if (!addresses.every(isLoopback)) stderr.write(`${OPEN}\n`)
  }
  // What whoever comes finds there already.
  void dashboard.theatre.runAll(firstLook(catalogues, NOTHING_NAMED))
  await untilAborted(signal)
  return EXIT.expected
}

const now = () => new Date()

const OPEN =
  'warning: whoever reaches one of these addresses sees it too, and can have attacks played: it asks nobody who they are'

function published({ dashboardAddress }: LabConfig): string {
  return dashboardAddress.endsWith(':0')
    ? 'on the port that `docker compose port dashboard 8088` names'
    : dashboardAddress
}

function parsed({ args, stdout, stderr }: Terminal): DashboardCommandOptions {
  const command = new Command('npm run lab --')
    .description('The victim’s screen beside the attacker’s, in a browser. Everything in one process.')
    .addOption(new Option('-p, --port <n>', 'where the page is; 0 is any that is free').argParser(portOf).default(8088))
    .option('--listen <address>', 'let others see it who reach this address; 0.0.0.0 is all of them', '127.0.0.1')
    .addOption(new Option('--containers', 'play on the containers, as Compose does').default(false).hideHelp())
    .addHelpText('after', '\nhttp://127.0.0.1:8088 is for this machine alone. Ctrl-C ends it.')
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('(all options: --help)')
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .exitOverride()
  return command.parse([...args], { from: 'user' }).opts<DashboardCommandOptions>()
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('it is not a port: 0 to 65535')
  return Number(text)
}
