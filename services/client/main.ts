import { Command } from 'commander'
import { refuseUnknownCommand, runCommand, untilAborted } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { createLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { loadClients } from './catalogue.ts'
import { clientConfig } from './config.ts'
import { type VisitFlags, visitOnce } from './once.ts'
import { catalogueAsText, exitCodeFor, reportAsText } from './print.ts'
import { startClient } from './serve.ts'
import { holdStrays, strayInWords } from './strays.ts'

const EXAMPLES = `
Examples:
  npm run client -- --list
  npm run client -- --client pinned-key --url https://api.lab.test:8080
  npm run client -- --client unpinned --proxy http://127.0.0.1:3128 --json`

const now = () => new Date()

using _ = holdStrays(process, (stray) => console.error(strayInWords(stray)))

await runCommand(process, async (signal) => {
  let exitCode: number = EXIT.expected
  const program = new Command('client').exitOverride().showSuggestionAfterError()
  program.description(
    'Sends one client to the API, and tells what it believed or why it refused. Exit code 0 accepted, 3 refused, 1 broken.',
  )
  program
    .option('--client <id>', 'which one: see --list', 'pinned-key')
    .option('--url <origin>', 'where the API is; otherwise the name of the deployment that it calls, port 8080')
    .option('--resolve <address>', 'where that name leads; otherwise 127.0.0.1 for names that end in .lab.test')
    .option('--ca <file>', 'the authorities that the device trusts, PEM')
    .option('--pins <file>', 'the pins that the client ships with, JSON')
    .option('--cert <file>', 'the certificate that the client ships with, PEM')
    .option('--proxy <url>', 'go through this proxy: http://127.0.0.1:3128')
    .option('--no-attestation', 'send no attestation token')
    .option('--json', 'print the report as JSON')
    .option('--list', 'show all clients')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: VisitFlags & { json?: true; list?: true }) => {
      exitCode = flags.list ? await list(flags.json) : await oneVisit(flags, signal)
    })
  program
    .command('serve')
    .description('go where the lab says, until Ctrl-C (settings: docs/clients.md)')
    .action(() => serve(signal))
  refuseUnknownCommand(program, process.argv)
  await program.parseAsync(process.argv)
  return exitCode
})

async function list(asJson: true | undefined): Promise<number> {
  const clients = await loadClients()
  console.log(asJson ? JSON.stringify([...clients.values()], null, 2) : catalogueAsText(clients))
  return EXIT.expected
}

async function oneVisit(flags: VisitFlags & { json?: true }, signal: AbortSignal): Promise<number> {
  const { client, origin, report } = await visitOnce(flags, clientConfig(process.env), { now, signal })
  signal.throwIfAborted()
  console.log(flags.json ? JSON.stringify(report, null, 2) : reportAsText(client, origin, report))
  return exitCodeFor(report)
}

async function serve(signal: AbortSignal): Promise<void> {
  const config = clientConfig(process.env)
  const log = createLog({ name: 'client', level: config.logLevel })
  const hint = 'make it: npm run certs'
  const token = await readTextFile(config.backstage.tokenFile, "the control port's token", hint)
  const clients = await loadClients()
  const client = await startClient(config, { log, now, clients, signal, token: new Secret(token.trim()) })
  log.info({ host: client.host, port: client.port, clients: [...clients.keys()] }, 'listening')
  await untilAborted(signal)
  await client.close(1_000)
  log.info('closed')
}
