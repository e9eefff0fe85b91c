import { Command } from 'commander'
import { runCommand, untilAborted } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { createLog } from '#kit/log.ts'
import { proxyConfig, settings } from './config.ts'
import { startProxy } from './proxy.ts'

const program = new Command('proxy')
  .description(
    'The HTTPS API proxy: https://localhost:8080/<host>/<path> leads to NASA, with the key added on the way.',
  )
  .exitOverride()
  .showSuggestionAfterError()
  .allowExcessArguments(false)
  .addHelpText(
    'after',
    `
Examples:
  npm run certs && npm run proxy
  PROXY_PORT=9090 PROXY_ENFORCE_ATTESTATION=on npm run proxy
  PROXY_UPSTREAM=real NASA_API_KEY=… npm run proxy
  curl -k 'https://localhost:8080/api.nasa.gov/planetary/apod?date=2017-01-01'

Settings (docs/proxy.md says what each means):
  ${Object.keys(settings).join('\n  ')}

A renewed certificate is noticed by itself; SIGHUP makes the proxy look at once.`,
  )

await runCommand(process, async (signal) => {
  program.parse(process.argv)
  const now = () => new Date()
  const config = await proxyConfig(process.env, now())
  const log = createLog({ name: 'proxy', level: config.logLevel })
  const proxy = await startProxy(config, { log, now })
  const reload = () => void proxy.reload()
  process.on('SIGHUP', reload)
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host
  log.info({ address: `https://${host}:${proxy.port}`, upstream: config.upstream.kind }, 'the proxy listens')
  await untilAborted(signal)
  await proxy.close(config.graceMs)
  process.off('SIGHUP', reload)
  return EXIT.expected
})
