import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Host } from '#kit/cli.ts'
import { codeOf, LabError } from '#kit/error.ts'
import { createLog } from '#kit/log.ts'
import { type CertsConfig, certsConfig, isDays, isName, MAX_DAYS } from './config.ts'
import { KEY_TYPES, type KeyType } from './key.ts'
import type { GivenFile } from './pem.ts'
import { cautions, providedAuthority, providedPair } from './provided.ts'
import { renderDeeds, renderSummary, summarise } from './report.ts'
import { consequence, DEPLOYMENTS, type Deployment, type KeyChoice } from './rotation.ts'
import { serveCerts } from './serve.ts'
import { generate, inspect, type Outcome, provideGenerated, renewGenerated, type Workshop } from './workshop.ts'

export interface Desk {
  readonly host: Pick<Host, 'env' | 'stdout' | 'stderr'>
  readonly signal: AbortSignal
  readonly now: () => Date
}

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

interface Flags {
  readonly folder?: string
  readonly json?: true
  readonly days?: number
  readonly keyType?: KeyType
  readonly name?: readonly string[]
  readonly fresh?: true
  readonly sameKey?: true
  readonly backupKey?: true
  readonly newKey?: true
  readonly deployment?: Deployment
  readonly keepClient?: true
  readonly authority?: string
  readonly passphraseFile?: string
}

async function runGenerate(desk: Desk, flags: Flags): Promise<void> {
  const { workshop } = open(desk, flags)
  const outcome = await generate(workshop, { fresh: flags.fresh ?? false })
  if ((flags.keyType || flags.days) && Object.values(outcome.pieces).some(({ did }) => did === 'kept')) {
    say(desk, 'what was there is kept as it is; --days and --key-type count for what is made (all of it: --fresh)')
  }
  print(desk, workshop, { outcome, flags })
}

async function runRenew(desk: Desk, flags: Flags): Promise<void> {
  const key: KeyChoice | undefined = flags.sameKey ? 'same' : flags.backupKey ? 'backup' : flags.newKey && 'new'
  if (!key) {
    throw new LabError('RENEW_HOW', 'renew needs to know with which key', {
      hint: 'npm run certs -- renew --same-key, --backup-key or --new-key',
    })
  }
  const { workshop } = open(desk, flags)
  const deployments = flags.deployment ? [flags.deployment] : DEPLOYMENTS
  const outcome = await renewGenerated(workshop, { deployments, key, keepClient: flags.keepClient ?? false })
  print(desk, workshop, { outcome, flags })
  for (const line of consequence(key, deployments)) say(desk, line)
  if (flags.keepClient) say(desk, 'the app was left as it was shipped; npm run certs builds the next one')
  else say(desk, 'client/cert.pem and client/pins.json are what an app built from now on ships')
}

async function runProvide(desk: Desk, paths: { key: string; certificate: string }, flags: Flags): Promise<void> {
  const { workshop } = open(desk, flags)
  const passphrase =
    flags.passphraseFile && (await given(flags.passphraseFile)).bytes.toString('utf8').split(/\r?\n/)[0]
  const files = { key: await given(paths.key), certificate: await given(paths.certificate) }
  const pair = providedPair({ ...files, ...(passphrase !== undefined && { passphrase }) }, workshop.now())
  const authority = flags.authority && providedAuthority(await given(flags.authority), workshop.now())
  const deployment = flags.deployment ?? 'self-signed'
  const outcome = await provideGenerated(workshop, { pair, deployment, ...(authority && { authority }) })
  print(desk, workshop, { outcome, flags })
  for (const line of cautions(pair.chain, deployment)) say(desk, line)
}

async function runShow(desk: Desk, flags: Flags): Promise<void> {
  const { workshop } = open(desk, flags)
  const outcome = await inspect(workshop)
  if (Object.values(outcome.pieces).every(({ did }) => did === 'made')) {
    throw new LabError('NOTHING_GENERATED', `there is nothing in ${workshop.folder}`, { hint: 'npm run certs' })
  }
  const { json } = flags
  const summary = summarise(workshop.folder, outcome, workshop.now())
  desk.host.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : renderSummary(summary, hasColour(desk)))
}

async function runServe(desk: Desk, flags: Flags): Promise<void> {
  const { workshop, config } = open(desk, flags)
  const log = createLog({ name: 'certs', level: config.logLevel })
  await (await serveCerts(workshop, config.backstage, log)).ended
  log.info('closed')
}

function open(desk: Desk, flags: Flags): { workshop: Workshop; config: CertsConfig } {
  const config = certsConfig(desk.host.env)
  const workshop = {
    folder: flags.folder ?? config.folder,
    now: desk.now,
    days: flags.days ?? config.days,
    keyType: flags.keyType ?? config.keyType,
    extraNames: [...config.extraNames, ...(flags.name ?? [])],
    onWait: () => say(desk, 'another command is at work in this folder; waiting for it'),
    signal: desk.signal,
  }
  return { workshop, config }
}

function print(desk: Desk, workshop: Workshop, { outcome, flags }: { outcome: Outcome; flags: Flags }): void {
  const summary = summarise(workshop.folder, outcome, workshop.now())
  desk.host.stdout.write(flags.json ? `${JSON.stringify(summary, null, 2)}\n` : renderSummary(summary, hasColour(desk)))
  desk.host.stderr.write(renderDeeds(summary))
}

const say = (desk: Desk, line: string) => desk.host.stderr.write(`${line}\n`)

function hasColour({ host }: Desk): boolean {
  return host.stdout.isTTY === true && !host.env.NO_COLOR && host.env.TERM !== 'dumb'
}

async function given(path: string): Promise<GivenFile> {
  try {
    return { path, bytes: await readFile(path) }
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'there is no such file' : (codeOf(error) ?? String(error))
    throw new LabError('CANNOT_READ', `cannot read ${path}: ${reason}`, { cause: error, hint: 'check the path' })
  }
}
