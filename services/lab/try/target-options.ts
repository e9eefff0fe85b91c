import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import * as tls from 'node:tls'
import { type Command, Option } from 'commander'
import { certificatesOf } from '#certs/credentials.ts'
import type { Road } from '#kit/check.ts'
import { codeOf, LabError } from '#kit/error.ts'

/** What the command line says of an API of one's own. */
export interface TargetOptions {
  readonly target?: string
  /** A file. */
  readonly ca?: string
  readonly path?: string
  readonly forward: boolean
}

/** An API that is not the lab's, as it was asked for by name. */
export interface Target {
  /** A name or an IP address, without brackets. */
  readonly host: string
  readonly port: number
  /** `https://host:port` */
  readonly origin: string
  /** Path and query. */
  readonly path: string
  /** PEM: who may vouch for it. */
  readonly authorities: readonly string[]
  /** Whether a request that was intercepted is passed on to it, as the program would have sent it. */
  readonly forwards: boolean
}

export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option('--target <host[:port]>', 'your own API in place of the lab’s, on the proxy road'))
    .addOption(new Option('--ca <file>', 'PEM: who vouches for --target; else whom this machine trusts'))
    .addOption(new Option('--path <path>', 'what to ask --target for').default('/'))
    .option('--no-forward', 'keep what was intercepted from --target, and answer 502 in its place')
}

/**
 * @param road as it was asked for; undefined when nobody said
 * @throws LabError TARGET_INVALID, TARGET_ROAD, CANNOT_READ, TARGET_CA_INVALID
 */
export async function targetOf(options: TargetOptions, road: Road | undefined): Promise<Target | undefined> {
  const { target, ca, path = '/', forward } = options
  if (target === undefined) {
    if (ca === undefined && path === '/' && forward) return undefined
    throw invalid('--ca, --path and --no-forward are about an API of your own', 'name it: --target api.example.com')
  }
  if (road === 'takeover') {
    throw new LabError('TARGET_ROAD', `the name ${target} cannot be taken over: your machine's resolver is its own`, {
      hint: 'leave out --road: --target takes the proxy road',
    })
  }
  if (!/^\/[\x21-\x7e]*$/.test(path))
    throw invalid(`--path ${path} is not a path`, 'it begins with a slash: --path /v1')
  const { host, port } = addressIn(target)
  const origin = `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  return { host, port, origin, path, authorities: await authoritiesFrom(ca), forwards: forward }
}

const NAME = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/i

function addressIn(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits = '443'] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = (bracketed ?? plain ?? '').toLowerCase()
  const port = Number(digits)
  const isHost = bracketed === undefined ? NAME.test(host) && host.length <= 253 : isIP(host) === 6
  if (isHost && port >= 1 && port <= 65_535) return { host, port }
  const why = text.includes('*') ? 'a wildcard is no host: only one that is asked for by name is contacted' : undefined
  throw invalid(
    `--target ${text} is not host[:port]`,
    why ?? '--target api.example.com:8443, without https:// and path',
  )
}

function invalid(message: string, hint: string): LabError {
  return new LabError('TARGET_INVALID', message, { hint })
}

async function authoritiesFrom(file: string | undefined): Promise<readonly string[]> {
  // Those that come with Node, and those of the machine, where a company has put its own.
  if (file === undefined) return onceEach([...tls.rootCertificates, ...systemAuthorities()])
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new LabError('CANNOT_READ', `${file} cannot be read: ${codeOf(error) ?? String(error)}`, { cause: error })
  })
  const authorities = certificatesOf(text)
  if (authorities.length > 0) return authorities
  throw new LabError('TARGET_CA_INVALID', `there is no PEM certificate in ${file}`, {
    hint: 'openssl x509 -in FILE -inform DER makes one of a DER file',
  })
}

/** What two lists have in common is wrapped differently in each. */
function onceEach(pems: readonly string[]): readonly string[] {
  return [...new Map(pems.map((pem) => [pem.replace(/\s/g, ''), `${pem.trimEnd()}\n`])).values()]
}

/** Node has the function since 22.15 and 23.10. */
function systemAuthorities(): readonly string[] {
  return 'getCACertificates' in tls ? tls.getCACertificates('system') : []
}
