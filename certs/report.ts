import { X509Certificate } from 'node:crypto'
import pc from 'picocolors'
import { leafOf, namesOf, pinOfCertificate } from './credentials.ts'
import { pinOfKey } from './key.ts'
import { PAIR_FILES, SHIPPED_FILES } from './layout.ts'
import { credentialsOf, type Material } from './material.ts'
import type { Completed } from './pair.ts'
import { PAIRS, type PairName } from './pieces.ts'
import type { Outcome } from './workshop.ts'

/** What `--json` prints. Dates are ISO 8601, pins `sha256/…`, files relative to the folder. */
export interface Summary {
  readonly folder: string
  readonly pairs: readonly PairSummary[]
  /** Files written by this command. */
  readonly changed: readonly string[]
  /** What an app built now has inside. */
  readonly pins: Material['shipped']['pins']
}

export interface PairSummary {
  readonly name: PairName
  readonly title: string
  readonly file: string
  readonly names: readonly string[]
  readonly from: string
  readonly until: string
  readonly daysLeft: number
  readonly pin: string
  readonly backupPin?: string
  readonly did: Completed['did']
  readonly why?: string
}

export function summarise(folder: string, { material, pieces, changed }: Outcome, now: Date): Summary {
  const backups: Partial<Record<PairName, string>> = {
    proxySelfSigned: material.backupKeys.selfSigned,
    proxyCaSigned: material.backupKeys.caSigned,
  }
  const pairs = PAIRS.map((name) => {
    const { chain } = credentialsOf(material, name)
    const { validFromDate, validToDate } = new X509Certificate(leafOf(chain))
    const { did, why } = pieces[name]
    const backup = backups[name]
    return {
      name,
      title: TITLES[name],
      file: PAIR_FILES[name].chain,
      names: namesOf(chain),
      from: validFromDate.toISOString(),
      until: validToDate.toISOString(),
      daysLeft: Math.ceil((validToDate.getTime() - now.getTime()) / DAY),
      pin: pinOfCertificate(chain),
      ...(backup && { backupPin: pinOfKey(backup) }),
      did,
      ...(why && { why }),
    }
  })
  return { folder, pairs, changed, pins: material.shipped.pins }
}

/** The result, for people. */
export function renderSummary({ folder, pairs }: Summary, colour: boolean): string {
  const { bold, dim, green } = pc.createColors(colour)
  const wide = Math.max(...pairs.map(({ title }) => title.length))
  const widest = Math.max(...pairs.map(({ file }) => file.length))
  const lines = pairs.flatMap((pair) => [
    `${bold(pair.title.padEnd(wide))}  ${pair.file.padEnd(widest)}  ${lastsFor(pair)}`,
    `  ${dim('names ')}  ${pair.names.join(', ')}`,
    `  ${dim('pin   ')}  ${green(pair.pin)}`,
    ...(pair.backupPin ? [`  ${dim('backup')}  ${green(pair.backupPin)}`] : []),
  ])
  return `${[folder, '', ...lines].join('\n')}\n`
}

/** What was done, for people: one line for each thing, the last one says how many files it touched. */
export function renderDeeds({ pairs, changed }: Summary): string {
  const lines = [
    ...(['made', 'renewed', 'provided'] as const).flatMap((did) => {
      const titles = pairs.filter((pair) => pair.did === did && !pair.why).map(({ title }) => title)
      return titles.length > 0 ? [`${did}: ${titles.join('; ')}`] : []
    }),
    ...pairs.flatMap(({ did, title, why }) => (why ? [`${did}: ${title}: ${why}`] : [])),
    changed.length === 0
      ? 'nothing to write: everything is there and valid'
      : `wrote ${changed.length === 1 ? changed[0] : `${changed.length} files`}`,
    ...(changed.some((path) => SHIPPED_FILES.includes(path))
      ? [
          'the certificate and pins inside the app changed: a registered client must be registered again (npm run register)',
        ]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** The part of a summary that is really there: of a pair that must be made anew there is no pin to show yet. */
export function usable(summary: Summary): Summary {
  const pairs = summary.pairs.filter(({ did }) => did === 'kept')
  return { ...summary, pairs, pins: pairs.some(({ name }) => name === 'proxyCaSigned') ? summary.pins : [] }
}

/** What `generate` would have to mend, one line for each thing; empty when nothing. */
export function renderProblems({ pieces, outdated = [] }: Outcome): string {
  const broken = PAIRS.filter((name) => pieces[name].did !== 'kept')
  const lines = [
    ...PAIRS.flatMap((name) => {
      const why = pieces[name].why ?? (broken.includes(name) ? 'it is not there' : undefined)
      return why ? [`${TITLES[name]}: ${why.replace(/; (the key was kept|it has a new key)$/, '')}`] : []
    }),
    ...(broken.length === 0 && outdated.some((path) => SHIPPED_FILES.includes(path))
      ? ['the shipped app holds another certificate or other pins than the proxy has now']
      : []),
  ]
  const next = broken.length > 0 || outdated.length > 0 ? ['to mend it: npm run certs'] : []
  return [...lines, ...next].map((line) => `${line}\n`).join('')
}

const DAY = 86_400_000

const TITLES: Record<PairName, string> = {
  proxySelfSigned: 'proxy, self-signed',
  proxyCaSigned: 'proxy, signed by the lab',
  nasa: 'NASA stand-in',
  attestation: 'attestation stand-in',
  root: 'lab authority',
  intermediate: 'lab intermediate',
  trustedAuthority: "attacker's authority",
  otherHost: "attacker's honest host",
}

function lastsFor({ daysLeft, until }: PairSummary): string {
  const day = until.slice(0, 10)
  if (daysLeft <= 0) return `expired on ${day}`
  return `${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}, until ${day}`
}
