import { expect, test } from '@jest/globals'
import { withKey, withoutKeys } from '#proxy/inject-key.ts'

test.each([
  ['', ''],
  ['date=2017-01-01', 'date=2017-01-01'],
  ['api_key=a', ''],
  ['a=1&api_key=a&b=2', 'a=1&b=2'],
  ['API_KEY=a&Api_Key=b', ''],
  ['%61%70i_key=a', ''],
  ['api%5fkey=a&api%5Fkey', ''],
  ['+api_key+=a', ''],
  ['api_key[]=a&api_key%5B0%5D=b', ''],
  ['api_key%00=a', ''],
  ['?api_key=a&%3Fapi_key=b', ''],
  ['a=1;api_key=b;c=3', 'a=1;c=3'],
  ['my_api_key=kept&api_keys=kept', 'my_api_key=kept&api_keys=kept'],
  ['q=api_key%3Da', 'q=api_key%3Da'],
  ['a=%zz&b=+&c=%C3%A4&&d', 'a=%zz&b=+&c=%C3%A4&d'],
])('of %p without keys there is left %p', (query, left) => {
  expect(withoutKeys(query)).toBe(left)
})

test('the key goes to the host of the API and to no other', () => {
  expect(withKey('api.nasa.gov', 'a=1', 'KEY&')).toBe('a=1&api_key=KEY%26')
  expect(withKey('apod.nasa.gov', 'a=1&api_key=x', 'KEY')).toBe('a=1')
})
