import * as fc from 'fast-check'
import { framing } from './fuzz/framing.ts'
import { headers } from './fuzz/headers.ts'
import { change, mutated } from './fuzz/mutate.ts'
import { CLIENT_TOKEN, OF_THE_CLIENT, SIGNED_TOKEN } from './fuzz/secrets.ts'
import { allowedHost, ID, SOUND_KINDS, target } from './fuzz/targets.ts'

/** What one connection carries. */
export interface Conversation {
  readonly number: number
  /** A character is a byte. */
  readonly sent: string
  /** How many requests were put together; a changed byte can make more or fewer of them. */
  readonly requests: number
  /** The first of them, which nothing is wrong with: each must be answered, and in this order. */
  readonly sound: readonly SoundRequest[]
  /** Nothing but sound ones, sent whole. */
  readonly allSound: boolean
  /** Where one write ends and the next one begins. */
  readonly splits: readonly number[]
  /** What the client does when it has sent all: it waits for the proxy to close, or leaves. */
  readonly ending: 'wait' | 'end' | 'destroy'
  readonly servername: string
}

export interface SoundRequest {
  readonly method: 'GET' | 'HEAD'
  /** `/host/path`, without the query. */
  readonly target: string
}

/** Conversations made at once: that many have one seed. */
const BATCH = 256

/** Without end. The same seed gives the same ones. */
export function* hostileConversations(seed: number): Generator<Conversation> {
  for (let batch = 0; ; batch++) {
    const own = Math.imul(seed ^ (batch * 0x9e3779b1), 0x85ebca6b) | 0
    const drafts = fc.sample(draft, { seed: own, numRuns: BATCH })
    for (const [index, one] of drafts.entries()) yield conversation(one, batch * BATCH + index)
  }
}

const method = fc.oneof(
  { weight: 14, arbitrary: fc.constant('GET') },
  { weight: 4, arbitrary: fc.constant('HEAD') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        'POST',
        'PUT',
        'DELETE',
        'PATCH',
        'OPTIONS',
        'TRACE',
        'CONNECT',
        'PROPFIND',
        'QUERY',
        'M-SEARCH',
        'PRI',
        'LINK',
      ],
      ...[
        'get',
        'Get',
        'G\0T',
        '',
        'GET GET',
        'X'.repeat(300),
        '\x16\x03\x01',
        'GET\t',
        '\xff',
        'SOURCE',
        'FOO',
        '"GET"',
      ],
    ),
  },
)
const version = fc.oneof(
  { weight: 20, arbitrary: fc.constant(' HTTP/1.1') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        ' HTTP/1.0',
        ' HTTP/0.9',
        ' HTTP/2.0',
        ' HTTP/1.2',
        ' HTTP/1.10',
        ' http/1.1',
        '',
        ' ',
        ' HTTP/1.1 x',
        ' HTTP/ 1.1',
      ],
      ...['  HTTP/1.1', '\tHTTP/1.1', ' HTTP/1,1', ' HTTP/1.1\0', ' HTTPS/1.1', ' RTSP/1.0', ' HTTP/9.9', ' ICE/1.0'],
    ),
  },
)
const lineEnd = fc.oneof(
  { weight: 30, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\0\r\n') },
)
const unframed = { lines: [], body: '' }

const request = fc
  .tuple(method, target, version, headers, fc.option(framing, { freq: 2, nil: unframed }), lineEnd)
  .map(([verb, to, of, lines, { lines: frame, body }, eol]) => {
    return `${[`${verb} ${to}${of}`, ...lines, ...frame, ''].join(eol)}${eol}${body}`
  })

const soundRequest = fc.record({
  method: fc.constantFrom('GET', 'GET', 'HEAD'),
  host: allowedHost,
  kind: fc.constantFrom(...SOUND_KINDS),
  query: fc.constantFrom('', '?date=2017-01-01', '?api_key=FUZZ-OWN-KEY&hd=true', '?API%5FKEY=FUZZ-OWN-KEY'),
  lines: fc.subarray([
    ...[
      `approov-token: ${SIGNED_TOKEN}`,
      `Cookie: ${OF_THE_CLIENT}COOKIE`,
      'User-Agent: fuzz',
      'Accept-Encoding: gzip',
    ],
    ...[
      `Authorization: ${OF_THE_CLIENT}AUTHORIZATION`,
      `X-Token: ${CLIENT_TOKEN}`,
      'If-None-Match: W/"a"',
      'Range: bytes=0-9',
    ],
  ]),
  body: fc.constantFrom(
    '',
    '',
    '',
    'Content-Length: 5\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
  ),
})

type Sound = typeof soundRequest extends fc.Arbitrary<infer Value> ? Value : never

const CLOSE = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'

/** So that the proxy closes the connection soon, whatever it has made of what came before. */
const farewell = fc.constantFrom(
  CLOSE,
  CLOSE,
  CLOSE,
  `\r\n\r\n${CLOSE}`,
  `0\r\n\r\n${CLOSE}`,
  `\r\n0\r\n\r\n${CLOSE}${CLOSE}`,
)

const fraction = fc.nat(10_000).map((value) => value / 10_000)

const requests = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      sound: fc.oneof(
        fc.constant<Sound[]>([]),
        fc.constant<Sound[]>([]),
        fc.array(soundRequest, { minLength: 1, maxLength: 2 }),
      ),
      hostile: fc.array(request, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      sound: fc.array(soundRequest, { minLength: 1, maxLength: 4 }),
      hostile: fc.constant<string[]>([]),
    }),
  },
)

const draft = fc.record({
  requests,
  other: request,
  changes: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(change, { minLength: 1, maxLength: 4 }) },
  ),
  farewell,
  splits: fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(fraction, { minLength: 1, maxLength: 3 }) },
  ),
  ending: fc.constantFrom('wait', 'wait', 'wait', 'wait', 'wait', 'wait', 'end', 'destroy'),
  leaveAt: fraction,
  servername: fc.constantFrom('localhost', 'localhost', 'localhost', 'api.lab.test', 'evil.lab.test'),
})

type Drafted = typeof draft extends fc.Arbitrary<infer Value> ? Value : never

function conversation(drafted: Drafted, number: number): Conversation {
  const { ending, servername } = drafted
  const { sound, hostile } = drafted.requests
  let next = 0
  const named = (text: string) => text.replaceAll(ID, `r${number}-${next++}`)
  const first = sound.map((one) => named(soundText(one)))
  const rest = mutated(hostile.map(named).join(''), named(drafted.other), drafted.changes)
  const all = `${first.join('')}${rest}${drafted.farewell}`
  const sent = ending === 'wait' ? all : all.slice(0, Math.floor(drafted.leaveAt * all.length))
  return {
    number,
    sent,
    requests: sound.length + hostile.length + 1,
    sound: sound.map((one, index) => ({
      method: one.method,
      target: soundTarget(one).replace(ID, `r${number}-${index}`),
    })),
    allSound: ending === 'wait' && rest === '' && drafted.farewell === CLOSE,
    splits: drafted.splits.map((at) => Math.floor(at * sent.length)).sort((a, b) => a - b),
    ending,
    servername,
  }
}

const soundTarget = ({ host, kind }: Sound) => `/${host}/${kind}/${ID}`

function soundText(one: Sound): string {
  const head = [`${one.method} ${soundTarget(one)}${one.query} HTTP/1.1`, 'Host: localhost', ...one.lines]
  return `${head.join('\r\n')}\r\n${one.body === '' ? '\r\n' : one.body}`
}
