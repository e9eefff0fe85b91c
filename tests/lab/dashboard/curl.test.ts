import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { asCurl } from '#lab/dashboard/views/curl.ts'
import type { RecordedRequest } from '#mitm/evidence.ts'

const onPosix = process.platform === 'win32' ? test.skip : test

const REQUEST: RecordedRequest = { at: 0, method: 'GET', path: '/a', headers: {}, body: '' }
const command = (more: Partial<RecordedRequest> = {}, host?: string) => asCurl({ ...REQUEST, ...more }, host)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pinlab-curl-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs it in a shell whose curl tells its arguments instead of asking anybody, each ended by NUL. */
function pasted(text: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${text}\n`
  const told = execFileSync('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  if (!told.endsWith('\0')) throw new Error(`something else was printed: ${told}`)
  return told.slice(0, -1).split('\0')
}

const HARMLESS = ['--globoff', '-g', '--path-as-is', '--compressed', '--head', '-I']

/** Each would leave a file behind, or become another word, if it were not quoted. */
const HARMFUL = [
  '$(touch ran)',
  '`touch ran`',
  "'; touch ran; '",
  "'$(touch ran)'",
  "\\'; touch ran; \\'",
  "'\\''; touch ran; '\\''",
  '"; touch ran; "',
  '"$(touch ran)"',
  '\ntouch ran\n',
  "'\ntouch ran\n'",
  '\\\ntouch ran',
  '; touch ran #',
  '& touch ran &',
  '| touch ran',
  '> ran',
  '<(touch ran)',
  '$HOME $((1+1)) ~ * ? [a-z] {a,b}',
  '!! !touch',
  '-o ran',
  '#',
  "'",
  "''",
  '\\',
  "\\'",
  "it's 5 o'clock",
  ' two  words\t',
  '“ü” \u{1F4CC}',
]

onPosix.each(HARMFUL)('pasting runs nothing of %j, wherever it stands, and passes it on as it is', async (text) => {
  const headers = { [`x${text}`]: `y${text}`, 'x-two': [text, `z${text}`] }
  const made = command({ method: `P${text}`, path: `/${text}`, headers, body: text }, `api.lab.test${text}`)
  expect(asked(pasted(made))).toEqual({
    urls: [`https://api.lab.test${text}/${text}`],
    methods: [`P${text}`],
    headers: [`x${text}: y${text}`, `x-two: ${text}`, `x-two: z${text}`],
    bodies: [text],
  })
  expect(await readdir(folder)).toEqual([])
})

onPosix.each([
  'curl $(touch ran)',
  'curl "`touch ran`"',
  "curl ''; touch ran; ''",
  'curl a\ntouch ran',
  'curl a > ran',
])('what is not quoted well is run, and seen to be: %j', async (text) => {
  execFileSync('sh', ['-c', `curl() { :; }\n${text}\n:`], { cwd: folder, stdio: 'ignore' })
  expect(await readdir(folder)).toEqual(['ran'])
})

onPosix('what prints something of its own is seen to', () => {
  expect(() => pasted("curl ''; echo ran")).toThrow('something else was printed')
})

onPosix('a plain request is its address alone, and one line', () => {
  expect(asked(pasted(command({}, 'api.lab.test')))).toEqual({
    urls: ['https://api.lab.test/a'],
    methods: [],
    headers: [],
    bodies: [],
  })
  expect(command({}, 'api.lab.test')).not.toContain('\n')
})

onPosix('method, headers and body are those of the request, a header of several values as often as it has them', () => {
  const headers = { accept: '*/*', 'X-Attestation-Token': 'eyJhb…', 'set-cookie': ['a=1', 'b=2'], 'x-none': [] }
  const made = command({ method: 'POST', path: '/a?b=c&d=%20', headers, body: '{"a":\n1}' }, 'api.lab.test')
  expect(asked(pasted(made))).toEqual({
    urls: ['https://api.lab.test/a?b=c&d=%20'],
    methods: ['POST'],
    headers: ['accept: */*', 'X-Attestation-Token: eyJhb…', 'set-cookie: a=1', 'set-cookie: b=2'],
    bodies: ['{"a":\n1}'],
  })
})

onPosix('a body is sent as it is, and is no file’s name', () => {
  expect(asked(pasted(command({ method: 'PUT', body: '@/etc/passwd' }))).bodies).toEqual(['@/etc/passwd'])
})

onPosix('a body with GET is asked for with GET, and HEAD waits for no body', () => {
  expect(asked(pasted(command({ body: 'a' })))).toMatchObject({ methods: ['GET'], bodies: ['a'] })
  expect(pasted(command({ method: 'HEAD' }))).toContain('--head')
})

test('what a terminal would take for a key is not in it', () => {
  const made = command({ path: '/\x03', headers: { x: 'a\x1b[201~\x7f' }, body: 'a\x03\r\ntouch ran\x04\x9b' })
  expect(made).not.toMatch(/[^\P{Cc}\n]/u)
  expect(made).toContain("'a\uFFFD\uFFFD\ntouch ran\uFFFD\uFFFD'")
})

onPosix('pseudo headers of HTTP/2 and what is the connection’s business are left out', () => {
  const pseudo = { ':method': 'GET', ':path': '/a', ':scheme': 'https', ':authority': 'api.lab.test' }
  const connection = {
    Host: 'api.lab.test',
    connection: 'close',
    'Transfer-Encoding': 'chunked',
    'content-length': '7',
  }
  const upgrade = { 'keep-alive': 'timeout=5', te: 'trailers', Upgrade: 'h2c' }
  const headers = { ...pseudo, ...connection, ...upgrade, 'x-host': 'stays', hosts: 'stays' }
  expect(asked(pasted(command({ headers }))).headers).toEqual(['x-host: stays', 'hosts: stays'])
})

onPosix.each([
  ['the name that the handshake asked for', 'sni.lab.test', { host: 'host.lab.test' }, 'sni.lab.test'],
  ['else the host', undefined, { host: 'host.lab.test:8443', ':authority': 'a.lab.test' }, 'host.lab.test:8443'],
  ['else the authority', undefined, { ':authority': 'a.lab.test' }, 'a.lab.test'],
  ['else the API', undefined, {}, 'api.lab.test'],
])('the address is that of %s', (_, sni, headers, host) => {
  expect(asked(pasted(command({ headers }, sni))).urls).toEqual([`https://${host}/a`])
})

/** What curl makes of the words; an option that says more than how to take the address is none of the request's. */
function asked(words: readonly string[]) {
  const found = { urls: [] as string[], methods: [] as string[], headers: [] as string[], bodies: [] as string[] }
  const places = new Map([
    ['-X', found.methods],
    ['-H', found.headers],
    ['--data-raw', found.bodies],
  ])
  const left = [...words]
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const place = places.get(word)
    if (place) place.push(left.shift() ?? 'nothing')
    else if (!HARMLESS.includes(word)) found.urls.push(word)
  }
  return found
}
