import { expect, test } from '@jest/globals'
import { createPictures } from '#lab/dashboard/pictures.ts'

const body = Buffer.from('picture')
const MIB = 1 << 20

test.each(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'])(
  'a picture of type %s is kept, and found by its name',
  (contentType) => {
    const pictures = createPictures()
    const name = pictures.keep({ contentType, body })
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    expect(pictures.called(name ?? '')).toEqual({ contentType, body })
  },
)

test('the same bytes twice are one picture, and other bytes or another type are another one', () => {
  const pictures = createPictures()
  const name = pictures.keep({ contentType: 'image/png', body })
  expect(pictures.keep({ contentType: 'image/png', body: Buffer.from(body) })).toBe(name)
  const others = [
    pictures.keep({ contentType: 'image/png', body: Buffer.from('Picture') }),
    pictures.keep({ contentType: 'image/png', body: Buffer.alloc(0) }),
    pictures.keep({ contentType: 'image/gif', body }),
  ]
  expect(new Set([name, ...others, undefined]).size).toBe(5)
})

test.each([
  'image/svg+xml',
  'IMAGE/SVG+XML; charset=utf-8',
  'text/html',
  'text/html; a=image/png',
  'application/xhtml+xml',
  'text/xml',
  'application/pdf',
  'application/octet-stream',
  'image/',
  'image/*',
  'image',
  'image/x-icon',
  'image/png+xml',
  'image/png, text/html',
  'text/html, image/png',
  'image / png',
  'imáge/png',
  '; image/png',
  ';',
  ' ',
  '',
])('what calls itself %j is not kept, whatever its bytes are', (contentType) => {
  const pictures = createPictures()
  const png = Buffer.from('89504e470d0a1a0a', 'hex')
  expect(pictures.keep({ contentType, body: png })).toBeUndefined()
  // The same bytes under a name of which nobody need be afraid.
  expect(pictures.keep({ contentType: 'image/png', body: png })).toBeDefined()
})

test.each(['image/png; charset=utf-8', 'IMAGE/PNG', ' Image/Png ;x="a;b"', 'image/png;'])(
  '%j is a PNG image, and is given out as just that',
  (contentType) => {
    const pictures = createPictures()
    const name = pictures.keep({ contentType, body })
    expect(name).toBe(createPictures().keep({ contentType: 'image/png', body }))
    expect(pictures.called(name ?? '')).toEqual({ contentType: 'image/png', body })
  },
)

test.each(['', 'picture', '__proto__', 'constructor', '0'.repeat(64)])('%j is the name of no picture', (name) => {
  const pictures = createPictures()
  pictures.keep({ contentType: 'image/png', body })
  expect(pictures.called(name)).toBeUndefined()
})

test('pictures of 64 MiB are kept, and of more the oldest go until it is no more', () => {
  const pictures = createPictures()
  const bytes = Buffer.alloc(40 * MIB)
  const keep = (size: number) => pictures.keep({ contentType: 'image/png', body: bytes.subarray(0, size) }) ?? ''
  const names = [keep(10 * MIB), keep(14 * MIB), keep(MIB), keep(39 * MIB)]
  const there = () => names.map((name) => pictures.called(name) !== undefined)
  expect(there()).toEqual([true, true, true, true])
  names.push(keep(1))
  expect(there()).toEqual([false, true, true, true, true])
  names.push(keep(10 * MIB - 1))
  expect(there()).toEqual([false, true, true, true, true, true])
  names.push(keep(15 * MIB))
  expect(there()).toEqual([false, false, false, true, true, true, true])
})

test('a picture that was seen again takes no more room', () => {
  const pictures = createPictures()
  const bytes = Buffer.alloc(30 * MIB)
  const keep = (size: number) => pictures.keep({ contentType: 'image/png', body: bytes.subarray(0, size) }) ?? ''
  const first = keep(30 * MIB)
  for (let times = 0; times < 3; times++) keep(30 * MIB)
  keep(29 * MIB)
  expect(pictures.called(first)).toBeDefined()
})

test('a picture that was seen again is the newest', () => {
  const pictures = createPictures()
  const bytes = Buffer.alloc(30 * MIB)
  const keep = (size: number) => pictures.keep({ contentType: 'image/png', body: bytes.subarray(0, size) }) ?? ''
  const [again, other] = [keep(30 * MIB), keep(29 * MIB)]
  keep(30 * MIB)
  keep(20 * MIB)
  expect([pictures.called(again), pictures.called(other)].map((one) => one !== undefined)).toEqual([true, false])
})

test('the newest is kept even if it is larger than all that may be', () => {
  const pictures = createPictures()
  const small = pictures.keep({ contentType: 'image/png', body }) ?? ''
  const large = pictures.keep({ contentType: 'image/png', body: Buffer.alloc(65 * MIB) }) ?? ''
  expect([pictures.called(small), pictures.called(large)?.body.length]).toEqual([undefined, 65 * MIB])
  pictures.keep({ contentType: 'image/png', body })
  expect(pictures.called(large)).toBeUndefined()
})
