import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { runCommand } from '#kit/cli.ts'
import { codeOf, EXIT, LabError } from '#kit/error.ts'
import { PinError, type PinErrorCode } from './errors.ts'
import { canonicalHost } from './host.ts'
import { type InspectedCertificate, type Inspection, inspectFile, inspectHost } from './inspect.ts'

interface Options {
  readonly servername?: string
  readonly json: boolean
  readonly timeout: number
}

const EXAMPLES = `
Examples:
  npm run pin -- api.nasa.gov                       the pins of a server, leaf first
  npm run pin -- localhost:8080 --servername api.lab.test
  npm run pin -- certs/generated/proxy/cert.pem     the pins of every certificate in a file
  npm run pin -- backup-key.pem                     the pin of a key that has no certificate yet`

// What the network did, as against what was typed: exit 1, not 2.
const OUTSIDE: readonly PinErrorCode[] = ['UNREACHABLE', 'NOT_TLS', 'CONNECT_TIMEOUT']

await runCommand(process, async (signal) => {
  const command = new Command('npm run pin --')
    .description('Prints the pins of the chain that a server shows, or of a PEM file. Nothing is sent to the server.')
    .argument('<host[:port] | file>', 'a host (port 443 by default), or a PEM file')
    .option('--servername <name>', 'the name to ask for (SNI), when it is not the host')
    .option('--json', 'print JSON', false)
    .option('--timeout <ms>', 'how long to wait for a handshake', milliseconds, 5000)
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .exitOverride()
    .parse(process.argv)
  const options = command.opts<Options>()
  const inspection = await inspect(String(command.args[0]), { ...options, signal }).catch(explained)
  process.stdout.write(options.json ? `${JSON.stringify(inspection, null, 2)}\n` : print(inspection))
  return EXIT.expected
})

async function inspect(argument: string, options: Options & { signal: AbortSignal }): Promise<Inspection> {
  if (existsSync(argument)) return inspectFile(argument, await readFile(argument).catch(unreadable(argument)))
  if (/^(?!https:)[a-z]+:\/\//i.test(argument)) {
    throw new LabError('HOST_REFUSED', `'${argument}' is not https, and shows no certificate`, {
      hint: 'write the host alone, with the port that speaks TLS',
    })
  }
  if (/[/\\]|\.(pem|crt|cer|der|key)$/i.test(argument) && !argument.startsWith('https://')) {
    throw new LabError('CANNOT_READ', `there is no file ${argument}`, { hint: 'made by: npm run certs' })
  }
  const { host, port } = target(argument)
  return inspectHost({ host: canonicalHost(host), port }, options)
}

function target(argument: string): { host: string; port: number } {
  const bare = argument.replace(/^https:\/\//, '').replace(/\/.*$/, '')
  const [, host = bare, port = '443'] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(bare) ?? []
  if (Number(port) < 1 || Number(port) > 65_535) {
    throw new LabError('HOST_REFUSED', `'${argument}' has no port from 1 to 65535`)
  }
  return { host, port: Number(port) }
}

function unreadable(path: string): (error: unknown) => never {
  return (error) => {
    throw new LabError('CANNOT_READ', `cannot read ${path}: ${codeOf(error) ?? String(error)}`, { cause: error })
  }
}

function milliseconds(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It is not a number of milliseconds, 1 or more.')
  return Number(text)
}

/** The library knows nothing of the lab's exit codes: the command translates. */
function explained(error: unknown): never {
  if (!(error instanceof PinError)) throw error
  throw new LabError(error.code, error.sentence, {
    details: error.details,
    kind: OUTSIDE.includes(error.code) ? 'failure' : 'usage',
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  })
}

function print({ source, certificates, key, tls, trust }: Inspection): string {
  const title = [source, tls, trust && trustInWords(trust)].filter(Boolean).join('  ')
  const blocks = certificates.map(printCertificate)
  if (key) blocks.push(`key           ${key}\n`)
  return `${title}\n\n${blocks.join('\n')}`
}

function trustInWords(trust: string): string {
  return trust === 'verified'
    ? 'verified by the roots of this system'
    : `NOT verified by the roots of this system: ${trust}`
}

function printCertificate(certificate: InspectedCertificate): string {
  const lines = [
    `${certificate.role.padEnd(12)}  ${certificate.pin}`,
    `${' '.repeat(12)}  subject  ${certificate.subject}`,
    `${' '.repeat(12)}  issuer   ${certificate.issuer}`,
    `${' '.repeat(12)}  valid    ${certificate.validFrom.slice(0, 10)} to ${certificate.validTo.slice(0, 10)}`,
  ]
  if (certificate.signedByNext === false) lines.push(`${' '.repeat(12)}  note     the next one did not sign it`)
  return `${lines.join('\n')}\n`
}
