import { expect, test } from '@jest/globals'
import type { Client, Fall, Mistake } from '#client/client.ts'
import { expected } from '#lab/expected.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { EXPECTATIONS } from '../expectations/all.ts'
import { asTable } from '../expectations/table.ts'

const family = 'trust'
const deployment = 'ca-signed'
const id = 'an-attack'

test('a control is expected to be reached, whatever the client checks', () => {
  expect(expected({ id, family: 'control', stoppedBy: [] }, { deployment, checks: ['key-pin'] })).toEqual({
    verdict: 'reached',
  })
})

test('a control that a pin stops is not reached by a client that notices too late, and is by one that never does', () => {
  const outage = { id, family: 'control', stoppedBy: ['key-pin'] } as const
  const undoing = (fall: Fall): Pick<Client, 'deployment' | 'checks' | 'mistake'> => ({
    ...{ deployment, checks: ['chain', 'key-pin'] },
    mistake: { belief: 'b', source: 's', fix: 'f', undoes: { 'key-pin': fall } },
  })
  expect(expected(outage, undoing('leaked'))).toEqual({ verdict: 'blocked', reason: 'pin' })
  expect(expected(outage, undoing('intercepted'))).toEqual({ verdict: 'reached' })
})

test('an attack may say how it is refused, where its check says it otherwise', () => {
  const attack = { id, family, stoppedBy: ['modern-tls'], refusedAs: 'policy' } as const
  expect(expected(attack, { deployment, checks: ['modern-tls'] })).toEqual({ verdict: 'blocked', reason: 'policy' })
})

test('a mistake that is made on one road is expected on that one, whether the battery or the attack has chosen it', () => {
  const attack = { id, family, stoppedBy: ['key-pin'] } as const
  const mistake = { belief: 'b', source: 's', fix: 'f', road: 'proxy', undoes: { 'key-pin': 'intercepted' } } as const
  const client = { deployment, checks: ['key-pin'], mistake } as const
  expect(expected(attack, client)).toMatchObject({ verdict: 'blocked' })
  expect(expected(attack, client, { road: 'proxy' })).toEqual({ verdict: 'intercepted' })
  expect(expected({ ...attack, road: 'proxy' }, client)).toEqual({ verdict: 'intercepted' })
})

test('the first check of the client’s that stops the attack gives the reason', () => {
  const attack = { id, family, stoppedBy: ['key-pin', 'hostname'] } as const
  expect(expected(attack, { deployment, checks: ['chain', 'hostname', 'key-pin'] })).toEqual({
    verdict: 'blocked',
    reason: 'hostname',
  })
  expect(expected(attack, { deployment, checks: ['chain', 'key-pin'] })).toEqual({ verdict: 'blocked', reason: 'pin' })
})

test('a client whose checks do not stop the attack is expected to be fooled', () => {
  expect(expected({ id, family, stoppedBy: ['key-pin'] }, { deployment, checks: ['chain'] })).toEqual({
    verdict: 'intercepted',
  })
})

test('a naive client falls to what its mistake names, whatever else it checks', () => {
  const attack = { id, family, stoppedBy: ['key-pin'] } as const
  const mistake = { belief: 'b', source: 's', fix: 'f', falls: { [id]: 'leaked' } } as const
  expect(expected(attack, { deployment, checks: ['key-pin'], mistake })).toEqual({ verdict: 'leaked' })
  expect(expected({ ...attack, id: 'another' }, { deployment, checks: ['key-pin'], mistake })).toMatchObject({
    verdict: 'blocked',
  })
})

test('a check that a mistake undoes stops nothing, and a later one of the list still does', () => {
  const attack = { id, family, stoppedBy: ['hostname', 'key-pin'] } as const
  const words = { belief: 'b', source: 's', fix: 'f' }
  const undoing = (undoes: Mistake['undoes']) =>
    expected(attack, {
      deployment,
      checks: ['chain', 'hostname', 'key-pin'],
      mistake: { ...words, ...(undoes && { undoes }) },
    })
  expect(undoing({ hostname: 'leaked' })).toEqual({ verdict: 'blocked', reason: 'pin' })
  expect(undoing({ hostname: 'intercepted', 'key-pin': 'leaked' })).toEqual({ verdict: 'intercepted' })
  expect(undoing({ hostname: 'leaked', 'key-pin': 'leaked' })).toEqual({ verdict: 'leaked' })
  expect(undoing({ chain: 'leaked' })).toEqual({ verdict: 'blocked', reason: 'hostname' })
})

test('an attack that needs what a client cannot do says nothing about it, whatever its lists say', () => {
  const attack = { id, family, stoppedBy: ['key-pin'], needs: ['redirects', 'http2'] } as const
  const able = { deployment, checks: ['key-pin'], can: ['http2', 'redirects'] } as const
  expect(expected(attack, { ...able, can: ['http2'] })).toEqual({ verdict: 'not-applicable' })
  expect(expected(attack, able)).toEqual({ verdict: 'blocked', reason: 'pin' })
  expect(expected({ ...attack, genuine: 'root-sent' }, { ...able, deployment: 'self-signed' })).toEqual({
    verdict: 'not-applicable',
  })
})

test('a control that a check of the client’s stops is expected to be refused: an outage of the host’s own making', () => {
  const control = { id, family: 'control', stoppedBy: ['key-pin'] } as const
  expect(expected(control, { deployment, checks: ['key-pin'] })).toEqual({ verdict: 'blocked', reason: 'pin' })
  expect(expected(control, { deployment, checks: ['chain'] })).toEqual({ verdict: 'reached' })
})

test('what follows from the catalogues’ lists is the table written by hand', async () => {
  const { attacks, clients } = await loadCatalogues()
  const sound = [...clients.values()].filter(({ mistake }) => !mistake)
  const derived = [...attacks.values()].flatMap((attack) =>
    sound.map((client) => ({ attack: attack.id, client: client.id, ...expected(attack, client) })),
  )
  expect(asTable(derived)).toEqual(EXPECTATIONS)
})

test('a program that is not ours should have a pin, unless it is meant to have none', () => {
  const program = (outside: NonNullable<Client['outside']>) => ({ deployment, checks: [], outside }) as const
  const trusted = { id, family, stoppedBy: ['key-pin', 'certificate-pin'] } as const
  const stranger = { id, family, stoppedBy: ['chain', 'key-pin'] } as const
  expect(expected(trusted, program('should-pin'))).toEqual({ verdict: 'blocked' })
  expect(expected(trusted, program('unpinned'))).toEqual({ verdict: 'intercepted', or: 'blocked' })
  expect(expected(stranger, program('should-pin'))).toEqual({ verdict: 'blocked' })
  expect(expected(stranger, program('unpinned'))).toEqual({ verdict: 'blocked' })
})
