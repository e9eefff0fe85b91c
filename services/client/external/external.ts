import type { Entry } from '#kit/catalogue.ts'
import type { Ability } from '#kit/check.ts'
import type { Client, Deployment, OpenClient, PinnedHost, Situation } from '../client.ts'
import { TODAY } from '../picture.ts'
import { type CommandEnd, runCommand } from './command.ts'
import { startConversation } from './conversation.ts'
import { surroundings } from './ecosystems.ts'
import { pinForms } from './pin-forms.ts'
import { fill, PLACEHOLDERS, type Placeholder, placeholdersIn, type Values, variableOf } from './placeholders.ts'
import type { CommandLine } from './process-group.ts'
import { heed, heedReply } from './report.ts'
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
  /** It is meant to have no pin, and to check what everybody checks. */
  readonly unpinned?: boolean
  /** It is run once for a play, and told on stdin what to ask; else once for each request, and told by its arguments. */
  readonly stdin?: boolean
  /** What it says that it can do beside asking one address. */
  readonly can?: readonly Ability[]
}

export interface ExternalMeans {
  readonly files: WorldFiles
  /** What the program inherits: PATH, HOME and the like. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** Where the program runs; the lab's own folder when absent. */
  readonly cwd?: string
  /** By what it is run, where that is not the lab itself: a container engine. */
  readonly engine?: Engine
  /** Ends what runs. */
  readonly signal?: AbortSignal
}

export interface Engine {
  /** What has the engine run the program, in this environment. */
  start(line: CommandLine): CommandLine
  /** How the program itself ended, from how the engine did. */
  read(end: CommandEnd): CommandEnd
}

/** ms of the visit's time that are kept for ending the program and quoting what it wrote */
const RESERVE = 700

/**
 * A program as a client. What it checks is what the battery finds out.
 * @throws LabError PLACEHOLDER_UNKNOWN
 */
export function externalClient(program: ExternalClient, means: ExternalMeans): Entry<Client> {
  for (const text of [program.command, ...program.args, ...Object.values(program.env)]) placeholdersIn(text)
  return {
    id: program.id,
    title: `A program that is not ours: ${[program.command, ...program.args].join(' ')}.`,
    deployment: program.deployment,
    checks: [],
    ...(program.can && { can: program.can }),
    outside: program.unpinned ? 'unpinned' : 'should-pin',
    open: program.stdin
      ? (situation, token) => conversing(program, { means, situation, token })
      : (situation) => running(program, { means, situation }),
  }
}

interface Opening {
  readonly means: ExternalMeans
  readonly situation: Situation
}

/** Run once for each look. */
function running(program: ExternalClient, { means, situation }: Opening): OpenClient {
  const ending = new AbortController()
  const limits = limitsFor(situation, [ending.signal, ...(means.signal ? [means.signal] : [])])
  return {
    look: async (token) => {
      const end = await runCommand(await lineFor(program, { means, situation, token }), limits)
      heed(means.engine?.read(end) ?? end)
    },
    get: asksByItself,
    close: async () => ending.abort(),
  }
}

/** Run once for all that is asked of it while it is open. */
async function conversing(program: ExternalClient, opening: Opening & { readonly token: string | undefined }) {
  const { means, situation } = opening
  const talk = startConversation(await lineFor(program, opening))
  const limits = limitsFor(situation, means.signal ? [means.signal] : [])
  const tell = async (line: string) => heedReply(await talk.tell(line, limits))
  return {
    look: () => tell(`${situation.origin}${situation.path ?? TODAY}`),
    glance: async (address) => {
      await tell(`UNPINNED ${address}`)
      return undefined
    },
    renewPins: (pins) => tell(`PINS ${pinsOf(pins, new URL(situation.origin).hostname).join(',')}`),
    get: asksByItself,
    close: talk.close,
  } satisfies OpenClient
}

function asksByItself(): Promise<never> {
  return Promise.reject(new Error('a program that is not ours asks by itself'))
}

function limitsFor({ timeout }: Situation, signals: readonly AbortSignal[]) {
  return { timeout: Math.max(100, timeout - RESERVE), signal: AbortSignal.any([...signals]) }
}

async function lineFor(
  program: ExternalClient,
  { means, situation, token }: Opening & { readonly token: string | undefined },
): Promise<CommandLine> {
  const values = valuesFor(situation, means.files, token)
  const filled = (text: string) => fill(text, values)
  const [command = '', ...args] = await Promise.all([program.command, ...program.args].map(filled))
  const inherited = inheritable(means.inherited)
  const env = {
    ...inherited,
    ...(await labVariables(values)),
    ...(program.plainEnv ? {} : await surroundings(values, inherited)),
    ...Object.fromEntries(
      await Promise.all(Object.entries(program.env).map(async ([name, text]) => [name, await filled(text)] as const)),
    ),
  }
  const line = { command, args, env, ...(means.cwd !== undefined && { cwd: means.cwd }) }
  return means.engine?.start(line) ?? line
}

/** Those of the host; where it goes by another name here, those of the first. */
function pinsOf(pins: readonly PinnedHost[], hostname: string): readonly string[] {
  return pins.find(({ host }) => host === hostname)?.pins ?? pins[0]?.pins ?? []
}

function valuesFor(situation: Situation, files: WorldFiles, token: string | undefined): Values {
  const { hostname, port, origin } = new URL(situation.origin)
  const { deviceAuthorities, shipped, path = TODAY } = situation
  const forms = pinForms(pinsOf(shipped.pins, hostname))
  return {
    url: () => `${origin}${path}`,
    host: () => hostname,
    // An address leaves out the port that everybody knows.
    port: () => port || '443',
    path: () => path,
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
