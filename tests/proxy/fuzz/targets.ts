import * as fc from 'fast-check'

/** In every text of a request, this stands for a name that no other request has. */
export const ID = '{id}'

/** What the upstream is asked to answer with: the first part of a path. */
export const SOUND_KINDS = ['json', 'picture', 'stream', 'empty', 'unchanged', 'refused', 'redirect'] as const
export const KINDS = [...SOUND_KINDS, 'away', 'broken', 'half'] as const

export const allowedHost = fc.constantFrom('api.nasa.gov', 'apod.nasa.gov')

const strangeHost = fc.constantFrom(
  ...['evil.lab.test', 'localhost', '127.0.0.1', '2130706433', '0177.0.0.1', '0x7f.1', '169.254.169.254', '[::1]'],
  ...['[::ffff:127.0.0.1]', 'api.nasa.gov.', 'api.nasa.gov:443', 'api.nasa.gov:8443', 'api.nasa.gov:', 'API.nasa.GOV'],
  ...['user@api.nasa.gov', 'user:word@api.nasa.gov', 'api.nasa.gov@evil.lab.test', 'api.nasa.gov%00', '%61pi.nasa.gov'],
  ...['api.nasa.gov%2eevil.lab.test', 'api.nasa.gov.evil.lab.test', 'api\xe3\x80\x82nasa.gov', 'xn--api.nasa.gov'],
  ...['api.nasa.gov\t', 'api.nasa.gov;x', 'api.nasa.gov\\', 'healthz', '', '.', '..', '%2e%2e', 'api.nasa.gov#'],
)

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constant(ID) },
  { weight: 4, arbitrary: fc.constantFrom('planetary', 'apod', 'a.jpg', 'a%20b', '~x', 'x=1;y', '%C3%A9', 'a+b', "'") },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...['', '.', '..', '..;', '..;x=1', '%2e', '%2E%2e', '%252e%252e', '%25252e', '.%2e', '..%2f', '%2f', '%252f'],
      ...['%5c', '\\', '..\\', '%00', '%0d%0aHost:%20evil', '%0a', '%7f', '%zz', '%', '%f', '%ff', '%c0%ae', '%u002e'],
      ...[
        '@',
        'a@b',
        ':',
        '*',
        '#',
        '#a',
        '\xe2\x80\xae',
        '\xff',
        '|',
        '"',
        '<x>',
        '{',
        '`',
        '%2525252541',
        '&api_key=b',
      ],
    ),
  },
)

const pair = fc.oneof(
  fc.constantFrom(
    'date=2017-01-01',
    `id=${ID}`,
    'hd=true',
    'a',
    '',
    '=',
    'a=%20',
    'a=b;c=d',
    'a=/../',
    'url=https://evil/',
  ),
  fc
    .tuple(
      fc.constantFrom(
        ...[
          'api_key',
          'API_KEY',
          'Api_Key',
          'api%5Fkey',
          '%61pi_key',
          'api%5fke%79',
          'api_key[]',
          'api_key[0]',
          '+api_key',
        ],
        ...['api_key%00', 'api_key+', 'api_key%20', '%20api_key', 'api%255fkey', ';api_key', 'a;api_key', '?api_key'],
      ),
      fc.constantFrom('=', '', '==', '=%3d', '%3d'),
      fc.constantFrom('FUZZ-OWN-KEY', '', 'DEMO_KEY', 'a;b', 'a%26api_key=c'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('a=\\', 'a=#', 'a=\xff', 'a=%zz', 'a=%0d%0a', '?', '??', 'a=?b', '"', "'", '<script>', '%00'),
)

const query = fc
  .tuple(fc.array(pair, { maxLength: 4 }), fc.constantFrom('&', '&', '&', ';', '&&'))
  .map(([pairs, by]) => (pairs.length > 0 ? `?${pairs.join(by)}` : ''))

const kind = fc.constantFrom(...KINDS)

const plain = fc.tuple(allowedHost, kind, query).map(([host, what, rest]) => `/${host}/${what}/${ID}${rest}`)

const nested = fc
  .tuple(fc.oneof({ weight: 3, arbitrary: allowedHost }, { weight: 1, arbitrary: strangeHost }), kind)
  .chain(([host, what]) =>
    fc
      .tuple(fc.array(segment, { maxLength: 4 }), query)
      .map(([parts, rest]) => `/${[host, what, ...parts].join('/')}${rest}`),
  )

const strange = fc.oneof(
  strangeHost.map((host) => `/${host}/picture/${ID}`),
  fc
    .tuple(fc.constantFrom('https', 'http', 'HTTPS', 'ftp', 'file', 'javascript'), strangeHost)
    .map(([scheme, host]) => {
      return `${scheme}://${host}/${ID}`
    }),
  strangeHost,
  fc.constantFrom(
    ...[
      '*',
      '',
      '/',
      '//',
      '///',
      '/healthz',
      '/healthz?a=b',
      '/healthz/',
      '//healthz',
      '/HEALTHZ',
      'healthz',
      '?',
      '#',
    ],
    ...[
      '//api.nasa.gov/x',
      '/\\api.nasa.gov/x',
      '/api.nasa.gov',
      '/apod.nasa.gov?a',
      '/api.nasa.gov//x',
      'http://[bad/',
    ],
    ...[
      'api.nasa.gov:443',
      '[::1]:443',
      'evil.lab.test:80',
      '/favicon.ico',
      '/__proto__',
      '/constructor',
      '/api.nasa.gov/\0',
    ],
  ),
)

const long = fc
  .tuple(
    fc.constantFrom('a', '/a', '%41', '../', '?', '&a=b', '%2525'),
    fc.constantFrom(300, 2_000, 9_000, 16_300, 20_000),
  )
  .map(([text, length]) => `/api.nasa.gov/picture/${ID}/${text.repeat(length / text.length)}`)

/** What stands between the method and the version. */
export const target: fc.Arbitrary<string> = fc.oneof(
  { weight: 30, arbitrary: plain },
  { weight: 30, arbitrary: nested },
  { weight: 20, arbitrary: strange },
  { weight: 1, arbitrary: long },
)
