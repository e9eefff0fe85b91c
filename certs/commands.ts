import { createReadStream } from 'node:fs'
import type { Env } from '#kit/env.ts'
import { LabError } from '#kit/error.ts'
import { whyUnreadable } from '#kit/files.ts'
import { createLog } from '#kit/log.ts'
import { type CertsConfig, certsConfig } from './config.ts'
import type { KeyType } from './key.ts'
import type { GivenFile } from './pem.ts'
import { cautions, providedAuthority, providedPair } from './provided.ts'
import { renderDeeds, renderProblems, renderSummary, type Summary, summarise, usable } from './report.ts'
import { consequence, DEPLOYMENTS, type Deployment, type KeyChoice } from './rotation.ts'
import { serveCerts } from './serve.ts'
import { generate, inspect, type Outcome, provideGenerated, renewGenerated, type Workshop } from './workshop.ts'

/** What a command may touch of its process. Results go to stdout, talk to stderr. */
export interface Desk {
  readonly host: { readonly env: Env; readonly stdout: Outlet; readonly stderr: Outlet }
  readonly signal: AbortSignal
  readonly now: () => Date
}

export interface Outlet {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** What the command line said, whichever command it was. */
export interface Flags {
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

export async function runGenerate(desk: Desk, flags: Flags): Promise<void> {
  const { workshop } = open(desk, flags)
  const outcome = await patiently(desk, generate(workshop, { fresh: flags.fresh ?? false }))
  if ((flags.keyType || flags.days) && Object.values(outcome.pieces).some(({ did }) => did === 'kept')) {
    say(desk, 'what was there is kept as it is; --days and --key-type count for what is made (all of it: --fresh)')
  }
  print(desk, workshop, { outcome, flags })
}

export async function runRenew(desk: Desk, flags: Flags): Promise<void> {
  const key: KeyChoice | undefined = flags.sameKey ? 'same' : flags.backupKey ? 'backup' : flags.newKey && 'new'
  if (!key) {
    throw new LabError('RENEW_HOW', 'renew needs to know with which key', {
      hint: 'npm run certs -- renew --same-key, --backup-key or --new-key',
    })
  }
  const { workshop } = open(desk, flags)
  const deployments = flags.deployment ? [flags.deployment] : DEPLOYMENTS
  const renewed = renewGenerated(workshop, { deployments, key, keepClient: flags.keepClient ?? false })
  const outcome = await patiently(desk, renewed)
  print(desk, workshop, { outcome, flags })
  for (const line of consequence(key, deployments)) say(desk, line)
  if (flags.keepClient) say(desk, 'the app was left as it was shipped; npm run certs builds the next one')
  else say(desk, 'client/cert.pem and client/pins.json are what an app built from now on ships')
}

export async function runProvide(desk: Desk, paths: { key: string; certificate: string }, flags: Flags): Promise<void> {
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

export async function runShow(desk: Desk, flags: Flags): Promise<void> {
  const { workshop } = open(desk, flags)
  const outcome = await inspect(workshop)
  if (Object.values(outcome.pieces).every(({ did }) => did === 'made')) {
    throw new LabError('NOTHING_GENERATED', `there is nothing in ${workshop.folder}`, { hint: 'npm run certs' })
  }
  const summary = usable(summarise(workshop.folder, outcome, workshop.now()))
  writeSummary(desk, summary, flags)
  desk.host.stderr.write(renderProblems(outcome))
}

export async function runServe(desk: Desk, flags: Flags): Promise<void> {
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
  writeSummary(desk, summary, flags)
  desk.host.stderr.write(renderDeeds(summary))
}

function writeSummary({ host }: Desk, summary: Summary, { json }: Flags): void {
  const colour = host.stdout.isTTY === true && !host.env.NO_COLOR && host.env.TERM !== 'dumb'
  host.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : renderSummary(summary, colour))
}

const PATIENCE_MS = 1000

// RSA keys of 4096 bits are a matter of luck: a second, or ten.
async function patiently<T>(desk: Desk, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => say(desk, 'making keys, this can take some seconds'), PATIENCE_MS)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

const say = (desk: Desk, line: string) => desk.host.stderr.write(`${line}\n`)

/** No key and no chain comes near: a picture or a disk, named by mistake, is not read to its end. */
const LARGEST = 1_000_000

async function given(path: string): Promise<GivenFile> {
  // `end` counts from 0 and is read too: one byte more than may be there.
  const chunks = await createReadStream(path, { end: LARGEST })
    .toArray()
    .catch((cause: unknown) => {
      throw new LabError('CANNOT_READ', `cannot read ${path}: ${whyUnreadable(cause)}`, {
        cause,
        hint: 'check the path',
      })
    })
  const bytes = Buffer.concat(chunks)
  if (bytes.length <= LARGEST) return { path, bytes }
  throw new LabError('PROVIDED_NOT_PEM', `${path} is larger than 1 MB, which no key and no certificate is`, {
    hint: 'name a PEM file; its text begins with -----BEGIN',
  })
}
