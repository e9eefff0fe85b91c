import type { Entry } from '#kit/catalogue.ts'
import type { Client, Deployment, Situation } from '../client.ts'
import { TODAY } from '../picture.ts'
import { runCommand } from './command.ts'
import { surroundings } from './ecosystems.ts'
import { pinForms } from './pin-forms.ts'
import { fill, PLACEHOLDERS, type Placeholder, placeholdersIn, type Values, variableOf } from './placeholders.ts'
import { heed } from './report.ts'
import type { WorldFiles } from './world.ts'

/** A program that is not ours, and how it is told what to do. */
export interface ExternalClient {
  /** How reports call it. */
  readonly id: string
  readonly command: string
  readonly args: readonly string[]
  /** Further variables; placeholders are filled in here too. */
  readonly env: Readonly<Record<string, string>>
  /** Nothing is set but LAB_… and `env`: not what ecosystems read. */
  readonly plainEnv: boolean
  readonly deployment: Deployment
}

export interface ExternalMeans {
  readonly files: WorldFiles
  /** What the program inherits: PATH, HOME and the like. */
  readonly inherited: Readonly<Record<string, string | undefined>>
}

/** ms of the visit's time that are kept for ending the program and quoting what it wrote */
const RESERVE = 700

/**
 * A program as a client: run once for each look. What it checks is what the battery finds out.
 * @throws LabError PLACEHOLDER_UNKNOWN
 */
export function externalClient(program: ExternalClient, means: ExternalMeans): Entry<Client> {
  for (const text of [program.command, ...program.args, ...Object.values(program.env)]) placeholdersIn(text)
  return {
    id: program.id,
    title: `A program that is not ours: ${[program.command, ...program.args].join(' ')}.`,
    deployment: program.deployment,
    checks: [],
    outside: true,
    open: (situation) => {
      const ending = new AbortController()
      return {
        look: async (token) => heed(await run(program, { means, situation, token, signal: ending.signal })),
        get: () => Promise.reject(new Error('a program that is not ours asks by itself')),
        close: async () => ending.abort(),
      }
    },
  }
}

interface Run {
  readonly means: ExternalMeans
  readonly situation: Situation
  readonly token: string | undefined
  readonly signal: AbortSignal
}

async function run(program: ExternalClient, { means, situation, token, signal }: Run) {
  const values = valuesFor(situation, means.files, token)
  const filled = (text: string) => fill(text, values)
  const [command, ...args] = await Promise.all([program.command, ...program.args].map(filled))
  const inherited = inheritable(means.inherited)
  const env = {
    ...inherited,
    ...(await labVariables(values)),
    ...(program.plainEnv ? {} : await surroundings(values, inherited)),
    ...Object.fromEntries(
      await Promise.all(Object.entries(program.env).map(async ([name, text]) => [name, await filled(text)] as const)),
    ),
  }
  const timeout = Math.max(100, situation.timeout - RESERVE)
  return runCommand({ command: command ?? '', args, env }, { timeout, signal })
}

function valuesFor(situation: Situation, files: WorldFiles, token: string | undefined): Values {
  const { hostname, port, origin } = new URL(situation.origin)
  const { deviceAuthorities, shipped } = situation
  const forms = pinForms(shipped.pins.find(({ host }) => host === hostname)?.pins ?? shipped.pins[0]?.pins ?? [])
  return {
    url: () => `${origin}${TODAY}`,
    host: () => hostname,
    port: () => port,
    path: () => TODAY,
    ca: () => files.ca(deviceAuthorities),
    'ca:pkcs12': () => files.pkcs12(deviceAuthorities),
    'ca:jks': () => files.jks(deviceAuthorities),
    'ca:dir': () => files.folder(deviceAuthorities),
    pin: () => forms.pin,
    'pin:okhttp': () => forms.okhttp,
    'pin:curl': () => forms.curl,
    'pin:trustkit': () => forms.trustkit,
    'pin:hex': () => forms.hex,
    'pin:backup': () => forms.backup,
    cert: () => files.certificate(situation.certificate ?? shipped.certificate),
    proxy: () => situation.proxy ?? '',
    token: () => token ?? '',
  }
}

async function labVariables(values: Values): Promise<Record<string, string>> {
  const names = Object.keys(PLACEHOLDERS) as Placeholder[]
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [variableOf(name), await values[name]()] as const)),
  )
}

/** Settings of the lab's own and of the person's network would make another world than the one that is played. */
const LEFT_OUT =
  /^(?:LAB_|NASA_|PROXY_|CLIENT_|MITM_|ATTACKER_|CERTS_|ATTESTATION_|NODE_|npm_)|^(?:https?|all|no)_proxy$/i

function inheritable(env: ExternalMeans['inherited']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || LEFT_OUT.test(name) ? [] : [[name, value]])),
  )
}
