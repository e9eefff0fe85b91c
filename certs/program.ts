import { Command, InvalidArgumentError, Option } from 'commander'
import { type Desk, type Flags, runGenerate, runProvide, runRenew, runServe, runShow } from './commands.ts'
import { isDays, isName, MAX_DAYS } from './config.ts'
import { KEY_TYPES } from './key.ts'
import { DEPLOYMENTS } from './rotation.ts'

/** The command line of `npm run certs`. Results go to stdout, talk to stderr. */
export function certsProgram(desk: Desk): Command {
  const program = new Command('certs').exitOverride().showSuggestionAfterError()
  program
    .description('Makes, renews and takes in the certificates that the lab needs. Without a command: generate.')
    .configureOutput({
      writeOut: (text) => desk.host.stdout.write(text),
      writeErr: (text) => desk.host.stderr.write(text),
    })
    .option('--folder <folder>', 'where the material is kept (default: certs/generated, or CERTS_FOLDER)')
    .addHelpText('after', EXAMPLES)
  program
    .command('generate')
    .description('make what is missing or expired, keep the rest')
    .addOption(daysOption())
    .addOption(new Option('--key-type <type>', "of the proxy's new keys").choices(KEY_TYPES))
    .option('--name <name...>', "further names or addresses for the proxy's self-signed certificate", collectNames)
    .option('--fresh', 'make everything anew, whatever is there')
    .option('--json', 'print the result as JSON')
    .action((_: Flags, command: Command) => runGenerate(desk, command.optsWithGlobals()))
  program
    .command('renew')
    .description("renew the proxy's certificates; a running proxy picks them up")
    .addOption(new Option('--same-key', 'pins stay equal').conflicts(['backupKey', 'newKey']))
    .addOption(new Option('--backup-key', 'only clients that hold the backup pin go on').conflicts(['newKey']))
    .option('--new-key', 'every client that pins the key refuses')
    .addOption(new Option('--deployment <which>', 'only this one').choices(DEPLOYMENTS))
    .option('--keep-client', 'leave the app as it was shipped')
    .addOption(daysOption())
    .option('--json', 'print the result as JSON')
    .action((_: Flags, command: Command) => runRenew(desk, command.optsWithGlobals()))
  program
    .command('provide')
    .description('use your own key and certificate for the proxy')
    .argument('<key>', 'private key, PEM')
    .argument('<certificate>', 'certificate or chain, PEM, leaf first')
    .addOption(new Option('--deployment <which>', 'what it is for').choices(DEPLOYMENTS).default('self-signed'))
    .option('--authority <file>', 'with ca-signed: the authority that signed it, PEM')
    .option('--passphrase-file <file>', 'opens an encrypted key; the first line counts')
    .option('--json', 'print the result as JSON')
    .action((key: string, certificate: string, _: Flags, command: Command) =>
      runProvide(desk, { key, certificate }, command.optsWithGlobals()),
    )
  program
    .command('show')
    .description('print what is there; writes nothing')
    .option('--json', 'print the result as JSON')
    .action((_: Flags, command: Command) => runShow(desk, command.optsWithGlobals()))
  program
    .command('serve')
    .description('generate, then stay and renew when asked over the control port (settings: docs/certificates.md)')
    .action((_: Flags, command: Command) => runServe(desk, command.optsWithGlobals()))
  return program
}

const EXAMPLES = `
Examples:
  npm run certs                                     everything the lab needs, into certs/generated
  npm run certs -- renew --same-key                 a new certificate, the same pins
  npm run certs -- renew --new-key --keep-client    the outage: the server moves on, the shipped app does not
  npm run certs -- provide key.pem cert.pem         your own pair
  npm run certs -- show --json`

const daysOption = () =>
  new Option('--days <days>', 'how long certificates last').argParser((value) => {
    if (!isDays(value)) throw new InvalidArgumentError(`It is not a number from 1 to ${MAX_DAYS}.`)
    return Number(value)
  })

function collectNames(name: string, before: readonly string[] = []): string[] {
  if (!isName(name)) throw new InvalidArgumentError('It is neither a host name nor an IP address.')
  return [...before, name]
}
