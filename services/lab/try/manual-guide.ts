import { renderUnicodeCompact } from 'uqr'
import { certificatesOf } from '#certs/credentials.ts'
import type { Situation } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import { authorityOf, isLoopback } from '../addresses.ts'
import { trustsAttacker } from '../stage.ts'
import type { PageAnswer } from './manual-door.ts'
import { type Installable, installable, pageAt } from './manual-page.ts'

/** Tells a person what to do with the device, and the device what to install. */
export interface Guide {
  /** Once, when it is known where the device finds the proxy. */
  begin(port: number, total: number): void
  announce(attack: Entry<Attack>, situation: Situation): void
  page(path: string): PageAnswer
}

interface Options {
  /** Where the device finds this machine. */
  readonly addresses: readonly string[]
  /** What the app asks for. */
  readonly host: string
  /** The host is the lab's own, whose authority and pins nobody has yet. */
  readonly ofLab: boolean
  readonly say: (line: string) => void
}

export function createGuide({ addresses, host, ofLab, say }: Options): Guide {
  const [address = '127.0.0.1'] = addresses
  const told = new Set<string>()
  const base: string[] = []
  let proxy = address
  let authorities: readonly Installable[] = []
  let count = 0
  let total = 0
  let last: string | undefined

  const begin = (port: number, attacks: number) => {
    total = attacks
    proxy = authorityOf(address, port)
    for (const line of whereTo({ addresses, port, host })) say(line)
    if (!addresses.every(isLoopback)) for (const line of warning(addresses, port)) say(line)
  }
  const announce = (attack: Entry<Attack>, situation: Situation) => {
    const trusted = certificatesOf(situation.deviceAuthorities.join(''))
    if (base.length === 0) base.push(...trusted)
    authorities = [...(ofLab ? base : []), ...newcomers(attack, trusted, base)].map(installable)
    // A story lets the app be used more than once.
    if (attack.id !== last) count += 1
    say('')
    say(`[${Math.max(1, count)} of ${total}] ${attack.id}: ${attack.title}`)
    if (ofLab && told.size === 0) for (const line of pinsOf(situation, host)) say(line)
    for (const [index, one] of authorities.entries()) {
      if (!told.has(one.pem)) for (const line of install(one, `http://${proxy}/authority-${index + 1}.cer`)) say(line)
      told.add(one.pem)
    }
    say(attack.id === last ? '  Use the app once more, then press Enter.' : '  Use the app now, then press Enter.')
    last = attack.id
  }
  return { begin, announce, page: (path) => pageAt(path, proxy, authorities) }
}

/** Of the attacker's authorities those that a device has to be given for this attack. */
function newcomers(attack: Attack, trusted: readonly string[], base: readonly string[]): readonly string[] {
  if (!trustsAttacker(attack)) return []
  const all = trusted.filter((one) => !base.includes(one))
  return attack.holds === 'namesake-authority' ? all : all.slice(0, 1)
}

interface Where {
  readonly addresses: readonly string[]
  readonly port: number
  readonly host: string
}

function whereTo({ addresses, port, host }: Where): string[] {
  const [first = '127.0.0.1'] = addresses
  const page = `http://${authorityOf(first, port)}/`
  return [
    'Point the device here, and leave it so until the end:',
    ...addresses.map((address) => `  HTTP proxy   host ${address}, port ${port}`),
    `  page         ${page}  (what to install, when it is time)`,
    `  the app asks https://${host}/; all other hosts are refused, and not recorded`,
    '',
    renderUnicodeCompact(page, { border: 2 }),
  ]
}

function warning(addresses: readonly string[], port: number): string[] {
  const where = addresses.map((address) => authorityOf(address, port)).join(', ')
  return [
    '',
    `WARNING: this listens beyond this machine, at ${where}.`,
    'Whoever reaches that on this network can use this proxy too: ask for the API through it, read the page, and be taken',
    'for your device, so that what they do counts as its own. They reach no other host. Stop with Ctrl-C when you are done.',
  ]
}

function pinsOf({ shipped }: Situation, host: string): string[] {
  const [current, backup] = shipped.pins.find((one) => one.host === host)?.pins ?? []
  return [
    ...(current ? [`  pin          ${current}  (of ${host}, in this run)`] : []),
    ...(backup ? [`  backup pin   ${backup}`] : []),
  ]
}

function install({ name, fingerprint, pem }: Installable, address: string): string[] {
  return [
    `  Install on the device, and trust: ${name}`,
    `    from       ${address}  (.pem: as text)`,
    `    SHA-256    ${fingerprint}`,
    ...pem.trimEnd().split('\n'),
  ]
}
