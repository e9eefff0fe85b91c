import type { Fall } from '#client/client.ts'
import type { Catalogues } from '../experiment.ts'
import { type NaiveClient, naiveClients, toldFall } from '../kill-matrix.ts'
import { codes, heading, noted, plain, points, table } from './markdown.ts'

/** Longer lists are left to the matrix. */
const MOST_NAMED = 12

const MARK: Readonly<Record<Fall, string>> = { intercepted: '✗', leaked: '!' }

/** docs/naive-clients.md */
export function naiveClientsPage(catalogues: Catalogues): string {
  const naive = naiveClients(catalogues)
  return `${[
    heading('Naive clients', 'the files in `services/client/clients/` that have a `mistake`'),
    `A battery that catches no bad client proves nothing. These are written as people write them: the wrong answer that a
search finds, each with the one mistake that it is named after. Each falls to what is listed and passes everything else, on
both roads; a test plays all of it. Never copy from here: the mend is in the last line but one.`,
    ...naive.map((client) => entry(client, catalogues)),
    `## Kill matrix\n\n${legend(naive)}`,
    matrix(naive, catalogues),
  ].join('\n\n')}\n`
}

function entry(client: NaiveClient, { attacks }: Catalogues): string {
  const { belief, fix, source } = client.mistake
  const falls = (how: Fall) => {
    const told = [...attacks.values()].flatMap((attack) => {
      const fall = toldFall(attack, client)
      return fall?.fall === how ? [noted(attack.id, fall.only)] : []
    })
    const undone = codes(Object.keys(client.mistake.undoes ?? {}))
    return told.length > MOST_NAMED
      ? `${told.length} attacks: all that of its checks only ${undone} stop`
      : told.join(', ')
  }
  return `### ${client.id}\n\n${plain(client.title)}\n\n${points({
    Believed: plain(belief),
    Claims: codes(client.checks),
    'Made only': client.mistake.road && `on the ${client.mistake.road} road`,
    'Is fooled by': falls('intercepted'),
    'Notices too late': falls('leaked'),
    Mend: plain(fix),
    'Seen in': plain(source),
  })}`
}

function legend(naive: readonly NaiveClient[]): string {
  const numbered = naive.map(({ id }, index) => `${index + 1} \`${id}\``).join(' · ')
  return `${MARK.intercepted} fooled, ${MARK.leaked} noticed too late; in brackets: only on the Node or
the road that its entry names; empty: its checks hold, or it claims none that would.\n\n${numbered}`
}

/** Attacks that catch nobody have no row: the page of the attacks says why. */
function matrix(naive: readonly NaiveClient[], { attacks }: Catalogues): string {
  const rows = [...attacks.values()].flatMap((attack) => {
    const cells = naive.map((client) => {
      const told = toldFall(attack, client)
      if (!told) return ''
      return told.only ? `(${MARK[told.fall]})` : MARK[told.fall]
    })
    return cells.some((cell) => cell !== '') ? [[`[${attack.id}](attacks.md#${attack.id})`, ...cells]] : []
  })
  return table(['attack', ...naive.map((_, index) => String(index + 1))], rows)
}
