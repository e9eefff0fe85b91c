import type { Entry } from '#kit/catalogue.ts'
import { type Attack, FAMILIES, type Family } from '#mitm/attack.ts'
import type { Catalogues } from '../experiment.ts'
import { type NaiveClient, naiveClients, toldFall } from '../kill-matrix.ts'
import { HOLDS, stoppedByInWords } from '../words.ts'
import { codes, heading, noted, plain, points } from './markdown.ts'

const ABOUT: Readonly<Record<Family, string>> = {
  control: 'Nobody lies: a client that does not get through here proves nothing anywhere else.',
  trust: 'Who vouches for the certificate.',
  names: 'For which name it is, and which name was asked for.',
  validity: 'Dates, usages and the shape of the chain.',
  'pin-bypass': 'Ways round a pin.',
  reuse: 'A connection or a session from before the pin, used after it.',
  protocol: 'Old TLS, none, and a way round it.',
  redirects: 'Where the genuine API sends a client, and who waits there.',
  tokens: 'What the attacker does with what it has read, with the app itself, and with its environment.',
}

/** docs/attacks.md */
export function attacksPage(catalogues: Catalogues): string {
  const attacks = [...catalogues.attacks.values()]
  const naive = naiveClients(catalogues)
  const families = FAMILIES.flatMap((family) => {
    const members = attacks.filter((attack) => attack.family === family)
    return members.length === 0
      ? []
      : [`## ${family}\n\n${ABOUT[family]}`, ...members.map((attack) => entry(attack, naive))]
  })
  return `${[
    heading('The attacks', '`mitm/attacks/`'),
    `${attacks.length} files, each one attack. *Stopped by*: each of these checks stops it alone. *Catches*: the
[naive clients](naive-clients.md) that fall to it by their mistake, which a client that makes the checks it claims would not.
\`npm run battery -- --explain trusted-authority\` shows the chain that one of them presents.`,
    ...families,
  ].join('\n\n')}\n`
}

function entry(attack: Entry<Attack>, naive: readonly NaiveClient[]): string {
  const { id, title, family, holds, remedy, references } = attack
  return `### ${id}\n\n${plain(title)}\n\n${points({
    'The attacker holds': HOLDS[holds],
    'Stopped by': stoppedLine(attack),
    Catches: family === 'control' ? undefined : caughtBy(attack, naive),
    Remedy: remedy && plain(remedy),
    'Read on': references.map(plain).join('; '),
  })}`
}

function caughtBy(attack: Entry<Attack>, naive: readonly NaiveClient[]): string {
  const caught = naive.flatMap((client) => {
    const fall = toldFall(attack, client)
    return fall ? [{ id: client.id, ...fall }] : []
  })
  const names = caught.map(({ id, only }) => noted(id, only)).join(', ')
  if (caught.some(({ mended }) => !mended)) return names
  if (caught.length > 0) return `no mistake opens it on a Node of today; on older ones ${names}`
  return attack.stoppedBy.length > 0
    ? 'no mistake opens it; it fools whoever makes none of these checks'
    : 'no mistake opens it, and none has to: it fools sound clients too'
}

/** A control that some refuse is an outage of the host's own making. */
function stoppedLine({ family, stoppedBy }: Attack): string {
  if (family !== 'control') return codes(stoppedBy) || stoppedByInWords({ family, stoppedBy })
  const refused = stoppedBy.length > 0 ? `, refused by ${codes(stoppedBy)}` : ''
  return `nothing has to: it is a control${refused}`
}
