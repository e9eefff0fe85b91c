import { expect, test } from '@jest/globals'
import { clientComplaints } from '#client/client.ts'
import { expected } from '#lab/expected.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { fallIn } from '#lab/falls.ts'
import { naiveClients, toldFall } from '#lab/kill-matrix.ts'

const catalogues = await loadCatalogues()

function pair(attackId: string, clientId: string) {
  const attack = catalogues.attacks.get(attackId)
  const client = naiveClients(catalogues).find(({ id }) => id === clientId)
  if (!attack || !client) throw new Error(`${attackId} and ${clientId} are in the catalogues`)
  return { attack, client }
}

test.each([
  ['20.20.2', 'intercepted'],
  ['22.23.1', 'intercepted'],
  ['22.23.2', 'blocked'],
  ['24.18.0', 'intercepted'],
  ['24.18.1', 'blocked'],
  ['26.5.0', 'intercepted'],
  ['26.5.1', 'blocked'],
])('on Node %s https.request over a shared agent is %s', (node, verdict) => {
  const { attack, client } = pair('shared-agent-keepalive', 'unpins-after-failure')
  expect(expected(attack, client, { node })).toMatchObject({ verdict })
})

test('a fall without a range is one on every Node', () => {
  const { attack, client } = pair('shared-agent-keepalive', 'shared-agent')
  expect(['20.20.2', '26.10.0'].map((node) => expected(attack, client, { node }).verdict)).toEqual([
    'intercepted',
    'intercepted',
  ])
})

test('a fall on one road is none on the other', () => {
  const told = { fall: 'leaked', road: 'takeover' } as const
  expect(fallIn({ road: 'takeover', node: '24.21.0' }, told)).toBe('leaked')
  expect(fallIn({ road: 'proxy', node: '24.21.0' }, told)).toBeUndefined()
})

test('what an older Node fell to is told, and told apart, whatever Node tells it', () => {
  const { attack, client } = pair('cross-servername-session', 'sessions-by-hand')
  const only = 'Node `<22.23.0 || >=23 <24.17.0 || >=25 <26.3.1`'
  expect(toldFall(attack, client)).toEqual({ fall: 'intercepted', only, mended: true })
})

test.each([
  { fall: 'blocked', node: '<24' },
  { fall: 'leaked', node: 'old' },
  { fall: 'leaked' },
  { fall: 'leaked', road: 'sea' },
])('the fall %j is no fall', (fall) => {
  const mistake = { belief: 'b', source: 's', fix: 'f', falls: { none: fall } }
  const client = { title: 'A client.', deployment: 'ca-signed', checks: [], open: () => {}, mistake }
  expect(clientComplaints(client)).toContainEqual(expect.stringContaining('say of no check and no attack'))
})
