import * as fc from 'fast-check'
import { ID } from './targets.ts'

const lengthName = fc.constantFrom(
  ...['Content-Length', 'Content-Length', 'content-length', 'Content-Length ', 'Content_Length', ' Content-Length'],
  ...['Content-Length\t', 'Content-Length\0', 'Content-\r\nLength', 'X\r\nContent-Length'],
)
const lengthValue = fc.constantFrom(
  ...[
    '{length}',
    '{length}',
    '{length}',
    '0',
    '5',
    '+5',
    '-1',
    '5, 5',
    '5,6',
    '0x5',
    '5 ',
    '05',
    '1e1',
    '5;a',
    '',
    ' ',
    '\xb2',
  ],
  ...[
    '6',
    '40',
    '65536',
    '65537',
    '99999999999999999999',
    '18446744073709551616',
    '9007199254740993',
    '1 2',
    '5\x0b',
    '5\t',
  ],
)
const codingName = fc.constantFrom(
  ...['Transfer-Encoding', 'Transfer-Encoding', 'transfer-encoding', 'Transfer-Encoding ', 'Transfer_Encoding'],
  ...[
    ' Transfer-Encoding',
    'Transfer-Encoding\t',
    'Transfer-Encoding\0',
    'Transfer-\r\nEncoding',
    'X: y\nTransfer-Encoding',
  ],
)
const codingValue = fc.constantFrom(
  ...[
    'chunked',
    'chunked',
    'chunked',
    'Chunked',
    'CHUNKED',
    'chunked, chunked',
    'identity',
    'identity, chunked',
    'xchunked',
  ],
  ...[
    'chunked, identity',
    'chunked;a=b',
    '\tchunked',
    'chunked\t',
    'gzip, chunked',
    '"chunked"',
    'chunked\0',
    'ch\runked',
  ],
  ...[
    '\x0bchunked',
    'chunked,',
    ',chunked',
    '',
    'chunke',
    'chunked x',
    '\r\n chunked',
    'chunked\r\nTransfer-Encoding: x',
  ],
)

const smuggled = `GET /api.nasa.gov/json/${ID}-smuggled HTTP/1.1\r\nHost: a\r\n\r\n`
const chunkOf = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const body = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('', 'hello', '{"a":1}', '\0'.repeat(9)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(smuggled, `0\r\n\r\n${smuggled}`, `${chunkOf(smuggled)}0\r\n\r\n`, `x${smuggled}`),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        '5\r\nhello\r\n0\r\n\r\n',
        '0\r\n\r\n',
        '5;a=b\r\nhello\r\n0\r\n\r\n',
        '5\nhello\n0\n\n',
        '5\r\nhello0\r\n\r\n',
      ],
      ...[
        '0\r\nX: y\r\n\r\n',
        '0\r\nContent-Length: 5\r\n\r\n',
        '0\r\nHost: evil\r\n\r\n',
        '00\r\n\r\n',
        '0;\r\n\r\n',
        '0\n\r\n',
      ],
      ...[
        'ffffffffffffffff\r\n',
        '-1\r\n',
        '0x5\r\nhello\r\n0\r\n\r\n',
        ' 5\r\nhello\r\n0\r\n\r\n',
        '5 \r\nhello\r\n0\r\n\r\n',
      ],
      ...[
        '10000000000000005\r\nhello\r\n0\r\n\r\n',
        '5\r\nhel',
        '5\r\r\nhello\r\n0\r\n\r\n',
        `1;${'x'.repeat(17_000)}\r\na\r\n`,
      ],
    ),
  },
)
const large = fc.constantFrom(65_536, 65_537, 70_000).map((size) => 'b'.repeat(size))

export interface Framing {
  readonly lines: readonly string[]
  readonly body: string
}

/** What says where a request ends, truly or not. */
export const framing: fc.Arbitrary<Framing> = fc
  .tuple(
    fc.array(fc.tuple(lengthName, lengthValue), { maxLength: 2 }),
    fc.array(fc.tuple(codingName, codingValue), { maxLength: 2 }),
    fc.oneof({ weight: 80, arbitrary: body }, { weight: 1, arbitrary: large }),
    fc.boolean(),
  )
  .map(([lengths, codings, text, codingFirst]) => {
    const both = codingFirst ? [...codings, ...lengths] : [...lengths, ...codings]
    return {
      lines: both.map(([name, value]) => `${name}: ${value.replace('{length}', String(text.length))}`),
      body: text,
    }
  })
