import { expect, test } from '@jest/globals'
import { assertNotPublic, publicAddressOf } from '#kit/public-address.ts'

const MACHINE = ['127.0.0.1', '::1', '192.168.1.5', 'fe80::1%eth0', '2600:1f18::5']

test.each([
  ['8.8.8.8', '8.8.8.8'],
  ['2600:1f18::5', '2600:1f18::5'],
  ['[2600:1f18::5]', '2600:1f18::5'],
  ['::ffff:8.8.8.8', '::ffff:8.8.8.8'],
  ['::', '2600:1f18::5'],
])('%s is listening on %s, which is the internet’s', async (host, address) => {
  expect(await publicAddressOf(host, MACHINE)).toBe(address)
})

test.each([
  ...['127.0.0.1', '::1', 'localhost', '0.0.0.0', '10.1.2.3', '172.17.0.1', '192.168.1.5', '100.64.0.9', '169.254.1.1'],
  ...['fe80::1', 'fd00::5', '::ffff:10.0.0.1', 'nowhere.invalid'],
])('%s is nobody’s beyond one network', async (host) => {
  expect(await publicAddressOf(host, MACHINE)).toBeUndefined()
})

test('to listen on all addresses is public where one of them is', async () => {
  expect(await publicAddressOf('0.0.0.0', [...MACHINE, '52.1.2.3'])).toBe('52.1.2.3')
  const refused = assertNotPublic('0.0.0.0', { what: 'the attacker', hint: 'set ATTACKER_HOST' }, [
    '10.0.0.1',
    '52.1.2.3',
  ])
  await expect(refused).rejects.toMatchObject({
    code: 'ADDRESS_IS_PUBLIC',
    kind: 'usage',
    message: "the attacker would listen on 0.0.0.0, and 52.1.2.3 is an address of the internet's",
    hint: 'set ATTACKER_HOST',
  })
  await expect(assertNotPublic('0.0.0.0', { what: 'the attacker', hint: '' }, ['10.0.0.1'])).resolves.toBeUndefined()
})
