import { expect, test } from '@jest/globals'
import type { Mistake } from '#client/client.ts'
import { expected } from '#lab/expected.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { EXPECTATIONS } from '../expectations/all.ts'
import { asTable } from '../expectations/table.ts'

const present = () => ({ key: '', chain: '' })
const id = 'an-attack'

test('a relay is expected to be reached, whatever the client checks', () => {
  expect(expected({ id, present: 'relay', stoppedBy: [] }, { checks: ['key-pin'] })).toEqual({ verdict: 'reached' })
})

test('the first check of the client’s that stops the attack gives the reason', () => {
  const attack = { id, present, stoppedBy: ['key-pin', 'hostname'] } as const
  expect(expected(attack, { checks: ['chain', 'hostname', 'key-pin'] })).toEqual({
    verdict: 'blocked',
    reason: 'hostname',
  })
  expect(expected(attack, { checks: ['chain', 'key-pin'] })).toEqual({ verdict: 'blocked', reason: 'pin' })
})

test('a client whose checks do not stop the attack is expected to be fooled', () => {
  expect(expected({ id, present, stoppedBy: ['key-pin'] }, { checks: ['chain'] })).toEqual({ verdict: 'intercepted' })
})

test('a naive client falls to what its mistake names, whatever else it checks', () => {
  const attack = { id, present, stoppedBy: ['key-pin'] } as const
  const mistake = { belief: 'b', source: 's', fix: 'f', falls: { [id]: 'leaked' } } as const
  expect(expected(attack, { checks: ['key-pin'], mistake })).toEqual({ verdict: 'leaked' })
  expect(expected({ ...attack, id: 'another' }, { checks: ['key-pin'], mistake })).toMatchObject({ verdict: 'blocked' })
})

test('a check that a mistake undoes stops nothing, and a later one of the list still does', () => {
  const attack = { id, present, stoppedBy: ['hostname', 'key-pin'] } as const
  const words = { belief: 'b', source: 's', fix: 'f' }
  const undoing = (undoes: Mistake['undoes']) =>
    expected(attack, { checks: ['chain', 'hostname', 'key-pin'], mistake: { ...words, ...(undoes && { undoes }) } })
  expect(undoing({ hostname: 'leaked' })).toEqual({ verdict: 'blocked', reason: 'pin' })
  expect(undoing({ hostname: 'intercepted', 'key-pin': 'leaked' })).toEqual({ verdict: 'intercepted' })
  expect(undoing({ hostname: 'leaked', 'key-pin': 'leaked' })).toEqual({ verdict: 'leaked' })
  expect(undoing({ chain: 'leaked' })).toEqual({ verdict: 'blocked', reason: 'hostname' })
})

test('what follows from the catalogues’ lists is the table written by hand', async () => {
  const { attacks, clients } = await loadCatalogues()
  const sound = [...clients.values()].filter(({ mistake }) => !mistake)
  const derived = [...attacks.values()].flatMap((attack) =>
    sound.map((client) => ({ attack: attack.id, client: client.id, ...expected(attack, client) })),
  )
  expect(asTable(derived)).toEqual(EXPECTATIONS)
})
