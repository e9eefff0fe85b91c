import { expect, test } from '@jest/globals'
import { expected } from '#lab/expected.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { asTable, EXPECTATIONS } from '../expectations.ts'

const present = () => ({ key: '', chain: '' })

test('a relay is expected to be reached, whatever the client checks', () => {
  expect(expected({ present: 'relay', stoppedBy: [] }, { checks: ['key-pin'] })).toEqual({ verdict: 'reached' })
})

test('the first check of the client’s that stops the attack gives the reason', () => {
  const attack = { present, stoppedBy: ['key-pin', 'hostname'] } as const
  expect(expected(attack, { checks: ['chain', 'hostname', 'key-pin'] })).toEqual({
    verdict: 'blocked',
    reason: 'hostname',
  })
  expect(expected(attack, { checks: ['chain', 'key-pin'] })).toEqual({ verdict: 'blocked', reason: 'pin' })
})

test('a client whose checks do not stop the attack is expected to be fooled', () => {
  expect(expected({ present, stoppedBy: ['key-pin'] }, { checks: ['chain'] })).toEqual({ verdict: 'intercepted' })
})

test('what follows from the catalogues’ lists is the table written by hand', async () => {
  const { attacks, clients } = await loadCatalogues()
  const derived = [...attacks.values()].flatMap((attack) =>
    [...clients.values()].map((client) => ({ attack: attack.id, client: client.id, ...expected(attack, client) })),
  )
  expect(asTable(derived)).toEqual(EXPECTATIONS)
})
