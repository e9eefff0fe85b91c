import * as fc from 'fast-check'
import { CLIENT_TOKEN, OF_THE_CLIENT } from './secrets.ts'
import { ID } from './targets.ts'

const host = fc.oneof(
  { weight: 12, arbitrary: fc.constant(['Host: localhost:8080']) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<string[]>(
      [],
      ['Host:'],
      ['Host: a', 'Host: b'],
      ['Host: a', 'host: a'],
      ...[
        'evil.lab.test',
        'a, b',
        'a b',
        'a/b',
        'a@b',
        'a:99999',
        'a:-1',
        '[::1]:443',
        '[::1',
        '1.2.3',
        '0x7f.1',
        '\xff',
      ]
        .concat([
          'a?x',
          'a#x',
          'api.nasa.gov',
          '..',
          'x'.repeat(300),
          '%61',
          '"a"',
          '\0',
          'a\tb',
          '999.1.1.1',
          'a:',
          ':1',
        ])
        .map((value) => [`Host: ${value}`]),
    ),
  },
)

const client = fc.constantFrom(
  ...[`approov-token: ${CLIENT_TOKEN}`, `Approov-Token: ${CLIENT_TOKEN}`, `Cookie: ${OF_THE_CLIENT}COOKIE=1`],
  ...[`Authorization: Bearer ${OF_THE_CLIENT}AUTHORIZATION`, `Proxy-Authorization: Basic ${OF_THE_CLIENT}PROXY`],
  ...[
    'User-Agent: fuzz',
    'Accept: */*',
    'Accept: application/json',
    'X-Api-Key: FUZZ-OWN-KEY',
    'Origin: null',
    'Via: 1.1 a',
  ],
  ...[
    'Accept-Encoding: gzip',
    'Accept-Encoding: br, gzip;q=0.5',
    'Accept-Encoding: *',
    'Accept-Encoding: xz',
    'DNT: 1',
  ],
  ...[
    'Range: bytes=0-3',
    'Range: bytes=0-1,3-4',
    'Range: x',
    'If-Range: "a"',
    'If-None-Match: W/"a"',
    'If-None-Match: *',
  ],
  ...['Cache-Control: no-cache', 'Pragma: no-cache', 'Accept-Language: de', 'Referer: https://evil/', 'Early-Data: 1'],
)

const forwarding = fc.constantFrom(
  ...['Forwarded: for=1.2.3.4;host=evil.lab.test;proto=http', 'Forwarded: host="evil.lab.test"', 'Forwarded: host='],
  ...[
    'Forwarded: host="',
    'Forwarded: ;;,,',
    'X-Forwarded-Host: evil.lab.test',
    'X-Forwarded-Host: a, b',
    'X-Real-IP: ::1',
  ],
  ...['X-Forwarded-Host: a/b', 'X-Forwarded-Port: 99999', 'X-Forwarded-Proto: http', 'X-Forwarded-For: 127.0.0.1'],
  ...[
    `X-Original-URL: /api.nasa.gov/json/${ID}`,
    'X-Rewrite-URL: /healthz',
    'X-HTTP-Method-Override: DELETE',
    'X-Method: PUT',
  ],
)

const connection = fc.constantFrom(
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Upgrade',
    'Connection: approov-token',
    'Connection: host',
  ],
  ...[
    'Connection: close, keep-alive',
    'Connection: accept-encoding, range',
    'Connection: content-length',
    'Connection:',
  ],
  ...[
    'Connection: transfer-encoding',
    'Connection: \xff',
    'Proxy-Connection: keep-alive',
    'Keep-Alive: timeout=1, max=1',
  ],
  ...['Upgrade: websocket', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', 'Sec-WebSocket-Key: YQ==', 'Upgrade: '],
  ...[
    'Expect: 100-continue',
    'Expect: 100-Continue',
    'Expect: x',
    'Expect:',
    'TE: trailers',
    'Trailer: host',
    'TE: chunked',
  ],
)

const broken = fc.constantFrom(
  ...[
    'no colon',
    ': no name',
    ' Folded: a',
    'Folded: a\r\n b',
    'Folded: a\r\n\tHost: evil',
    'Space : a',
    'Tab\t: a',
    'A: \0',
  ],
  ...[
    'A\0B: a',
    'A: \x7f',
    'A: \x01',
    'A:\xff\xfe',
    '\xff: a',
    '__proto__: a',
    'constructor: a',
    'hasOwnProperty: a',
    'a(b): c',
  ],
  ...[
    'A: a\rB: b',
    'A: a\nB: b',
    'A: a\r\r\nB: b',
    '',
    '\t',
    'toString: a',
    'Host : evil.lab.test',
    ' Host: evil.lab.test',
  ],
)

const huge = fc.oneof(
  fc.constantFrom(1_000, 8_000, 16_000, 17_000, 40_000).map((size) => [`X-Large: ${'x'.repeat(size)}`]),
  fc.constantFrom(60, 300, 1_500, 2_100).map((many) => Array.from({ length: many }, (_, index) => `x${index}: y`)),
  fc.constantFrom(20, 200).map((many) => Array.from({ length: many }, () => 'Accept-Encoding: gzip')),
)

const some = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: client },
    { weight: 2, arbitrary: forwarding },
    { weight: 3, arbitrary: connection },
    { weight: 1, arbitrary: broken },
  ),
  { maxLength: 5 },
)

const seldom = fc.oneof({ weight: 80, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: huge })

/** Header lines, without what frames a body. */
export const headers: fc.Arbitrary<string[]> = fc
  .tuple(host, some, seldom, fc.boolean())
  .map(([hosts, rest, large, hostLast]) => (hostLast ? [...rest, ...large, ...hosts] : [...hosts, ...rest, ...large]))
