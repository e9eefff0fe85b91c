import { Command } from 'commander'
import { createBackstage } from '#kit/backstage.ts'
import { runCommand, untilAborted } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { listen } from '#kit/listen.ts'
import { createLog, silentLog } from '#kit/log.ts'
import { assertNotPublic } from '#kit/public-address.ts'
import { Secret } from '#kit/secret.ts'
import { createAttacker } from './attacker.ts'
import { attackerBackstage } from './backstage.ts'
import { loadAttacks } from './catalogue.ts'
import { type AttackerConfig, attackerConfig } from './config.ts'
import { ownLoot } from './loot.ts'
import { type PlayFlags, playByHand } from './play-by-hand.ts'
import { standingRelay } from './standing-relay.ts'

const EXAMPLES = `
Examples:
  npm run attacker -- list
  npm run attacker -- play --attack trusted-authority --host localhost --upstream localhost:8080
  npm run attacker`

const now = () => new Date()

await runCommand(process, async (signal) => {
  const program = new Command('attacker').exitOverride().showSuggestionAfterError()
  program.description('Sits in the middle with a certificate of its choice, reads, and alters.')
  program.addHelpText('after', EXAMPLES)
  program
    .command('serve', { isDefault: true })
    .description('do what the lab asks on the control port, until Ctrl-C (settings: docs/attacker.md)')
    .action(() => serve(signal))
  program
    .command('play')
    .description('one attack by hand: listen until Ctrl-C, then print what was seen, as JSON')
    .requiredOption('--attack <id>', 'which one: see list')
    .requiredOption('--host <name>', 'the name that the victim will ask for')
    .requiredOption('--upstream <host:port>', 'where the genuine host is')
    .option('--road <road>', 'takeover or proxy', 'takeover')
    .option('--stolen-key <file>', 'the private key of the host, PEM')
    .addHelpText('after', EXAMPLES)
    .action((flags: PlayFlags) => play(flags, signal))
  program
    .command('list')
    .description('show all attacks')
    .option('--json', 'as JSON')
    .action((flags: { json?: true }) => list(flags.json))
  await program.parseAsync(process.argv)
  return EXIT.expected
})

async function serve(signal: AbortSignal): Promise<void> {
  const config = attackerConfig(process.env)
  const log = createLog({ name: 'attacker', level: config.logLevel })
  const { host, port, tokenFile } = config.backstage
  const token = await readTextFile(tokenFile, "the control port's token", 'make it: npm run certs')
  await assertKeptIn(config)
  await using stack = new AsyncDisposableStack()
  const attacker = stack.use(await createAttacker({ log, now, host: config.host, reaches: config.reaches }))
  for (const one of config.relays) stack.use(await standingRelay({ listenHost: config.host, ...one }))
  const routes = attackerBackstage(attacker, () => ownLoot(config.folder))
  const backstage = createBackstage(routes, new Secret(token.trim()))
  const hint = 'set ATTACKER_BACKSTAGE_HOST, ATTACKER_BACKSTAGE_PORT'
  const control = stack.use(await listen(backstage, { what: "the attacker's control port", host, port, hint }))
  const attacks = [...(await loadAttacks()).keys()]
  log.info({ host: control.host, port: control.port, attacks, relays: config.relays }, 'listening')
  await untilAborted(signal)
  log.info('closing')
}

async function play(flags: PlayFlags, signal: AbortSignal): Promise<void> {
  const config = attackerConfig(process.env)
  await assertKeptIn(config)
  const { host, reaches } = config
  const evidence = await playByHand(flags, {
    attackerReaching: (hosts) => createAttacker({ log: silentLog(), now, host, reaches: [...reaches, ...hosts] }),
    own: () => ownLoot(config.folder),
    say: (line) => console.error(line),
    over: untilAborted(signal),
  })
  console.log(JSON.stringify(evidence, null, 2))
}

/** Whoever comes to an attacker can have its requests sent on: on an address of the internet's, only for who asks twice. */
async function assertKeptIn({ host, backstage, public: asked }: AttackerConfig): Promise<void> {
  if (asked) return
  const hint =
    'set ATTACKER_HOST and ATTACKER_BACKSTAGE_HOST to an address of your own network; ATTACKER_PUBLIC=on if you mean it'
  await assertNotPublic(host, { what: 'the attacker', hint })
  await assertNotPublic(backstage.host, { what: "the attacker's control port", hint })
}

async function list(asJson: true | undefined): Promise<void> {
  const attacks = [...(await loadAttacks()).values()]
  if (asJson) return console.log(JSON.stringify(attacks, null, 2))
  const width = Math.max(...attacks.map(({ id }) => id.length))
  for (const { id, title } of attacks) console.log(`${id.padEnd(width)}  ${title}`)
}
