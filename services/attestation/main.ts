import { Command } from 'commander'
import { refuseUnknownCommand, runCommand, untilAborted } from '#kit/cli.ts'
import type { Env } from '#kit/env.ts'
import { EXIT } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { createLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { startAttestation } from './attestation.ts'
import { type AttestationSettings, attestationConfig } from './config.ts'
import { listRegistered, register, registeredAsText, unregister } from './register.ts'
import { fileRegistry } from './registry.ts'

const NAME = 'pinning-lab client'
const now = () => new Date()

await runCommand(process, async (signal) => {
  const program = new Command('attestation').exitOverride().showSuggestionAfterError()
  program
    .description('Stands for the attestation service: knows the genuine app, and signs short-lived tokens for it.')
    .addHelpText('after', '\nExamples:\n  npm run attestation\n  npm run register\n  npm run register -- --list')
  program
    .command('serve', { isDefault: true })
    .description('listen until Ctrl-C (settings: docs/attestation.md)')
    .action(() => serve(process.env, signal))
  program
    .command('register')
    .description('measure the client as shipped and register it; a running service notices')
    .option('--folder <folder>', 'the files of the app')
    .option('--pins <file>', 'its pins.json')
    .option('--cert <file>', 'its cert.pem')
    .option('--name <text>', 'what to call it', NAME)
    .option('--list', 'show what is registered')
    .option('--remove [measurement]', 'forget an app; without a measurement, the one on disk')
    .addHelpText('after', '\nExample:\n  npm run register -- --pins my-pins.json --name "version 2"')
    .action((options: RegisterFlags) => runRegister(process.env, options))
  refuseUnknownCommand(program, process.argv)
  await program.parseAsync(process.argv)
  return EXIT.expected
})

interface RegisterFlags {
  readonly folder?: string
  readonly pins?: string
  readonly cert?: string
  readonly name: string
  readonly list?: true
  readonly remove?: true | string
}

async function runRegister(env: Env, flags: RegisterFlags): Promise<void> {
  const { shipped, registered } = attestationConfig(env)
  const registry = fileRegistry(registered)
  const app = {
    folder: flags.folder ?? shipped.folder,
    pins: flags.pins ?? shipped.pins,
    certificate: flags.cert ?? shipped.certificate,
  }
  if (flags.list) console.log(await listRegistered(registry))
  else if (flags.remove) console.log(await unregister(registry, app, flags.remove === true ? undefined : flags.remove))
  else {
    const options = { app, name: flags.name, now }
    console.log(registeredAsText(await register(registry, options), options))
  }
}

async function serve(env: Env, signal: AbortSignal): Promise<void> {
  const config = attestationConfig(env)
  const log = createLog({ name: 'attestation', level: config.logLevel })
  const registered = fileRegistry(config.registered)
  if (config.registerShipped) {
    log.info(
      await register(registered, { app: config.shipped, name: NAME, now }),
      'the client as shipped is registered',
    )
  }
  const service = await startAttestation(await startable(config), { log, now, registered })
  log.info({ host: service.host, port: service.port, registered: (await registered.list()).length }, 'listening')
  await untilAborted(signal)
  await service.close(1_000)
  log.info('closed')
}

async function startable(config: AttestationSettings) {
  const hint = 'make the certificates and secrets: npm run certs'
  const [chain, key, secret] = await Promise.all([
    readTextFile(config.certificate, 'the certificate of the attestation service', hint),
    readTextFile(config.key, 'the key of the attestation service', hint),
    readTextFile(config.secretFile, 'the secret shared with the proxy', hint),
  ])
  const { host, port, tokenLife } = config
  return { host, port, tokenLife, tls: { chain, key }, secret: new Secret(secret.trim()) }
}
