import { Command } from 'commander'
import { runCommand, untilAborted } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { createLog } from '#kit/log.ts'
import { nasaConfig, readPair } from './config.ts'
import { startNasa } from './nasa.ts'

const GRACE_MS = 1000

await runCommand(process, async (signal) => {
  new Command('nasa')
    .description('Stands for api.nasa.gov and apod.nasa.gov inside the lab.')
    .exitOverride()
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `
Settings are read from the environment; docs/nasa.md lists them.

Examples:
  npm run nasa
  STANDIN_PORT=9443 STANDIN_LOG_LEVEL=debug npm run nasa
  curl --cacert certs/generated/authority/root.pem --connect-to ::127.0.0.1:8443 \\
    'https://api.nasa.gov/planetary/apod?api_key=DEMO_KEY&date=2017-01-01'`,
    )
    .parse(process.argv)
  const config = nasaConfig(process.env)
  const log = createLog({ name: 'nasa', level: config.logLevel })
  const server = await startNasa({ ...config, tls: await readPair(config.files) }, { log, now: () => new Date() })
  log.info({ host: server.host, port: server.port }, 'listening')
  await untilAborted(signal)
  await server.close(GRACE_MS)
  return EXIT.expected
})
