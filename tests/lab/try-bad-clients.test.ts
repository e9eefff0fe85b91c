import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { tryCommand } from '#lab/try-command.ts'
import { gone } from '../support/gone.ts'
import { terminal } from '../support/terminal.ts'

const PATH = { PATH: process.env.PATH ?? '/usr/bin:/bin' }
const TELLING = ['-a', 'stranger-authority', '-a', 'trusted-authority']

async function tried(words: readonly string[], options: readonly string[] = TELLING, signal?: AbortSignal) {
  const screen = terminal([...options, ...words], PATH)
  const code = await tryCommand(signal ? { ...screen, signal } : screen)
  return { code, ...screen.printed }
}

const node = (script: string) => [execPath, '-e', script]

/** An honest Node program; `then` says what it does with an answer. */
const asking = (
  options: string,
  then = 'answer.resume().on("end", () => process.exit(answer.statusCode === 200 ? 0 : 1))',
) =>
  node(`
    const ca = require('node:fs').readFileSync(process.env.LAB_CA)
    require('node:https').get(process.env.LAB_URL, { ca, agent: false, ${options} }, (answer) => { ${then} })
      .on('error', (error) => { console.error(error.code); process.exit(1) })`)

const LOCAL = `const socket = require('node:net').connect(+process.env.LAB_PORT, '127.0.0.1'); socket`
// Version 2 of 1995: seven cipher suites of three bytes each, no session, a challenge that is cut short.
const SSLV2_HELLO = '802e0100020015000000100100800200800300800400800500800600400700c0'

describe('wrong use', () => {
  test.each([
    ['no command', []],
    ['a timeout that is no number', ['--timeout', 'soon', 'true']],
    ['a timeout that is none', ['--timeout', '0', 'true']],
    ['an ability that nobody knows', ['--can', 'fly', 'true']],
    ['unpinned requests of a program that cannot be told', ['--can', 'unpinned-requests', 'true']],
    ['a command beside --reference', ['--reference', 'curl-*', 'curl']],
  ])('%s is refused, with a word on --help', async (_, args) => {
    const screen = terminal(args, PATH)
    await expect(tryCommand(screen)).rejects.toThrow(CommanderError)
    expect(screen.printed.stderr).toContain('(all options: --help)')
  })

  test('a placeholder that stands for nothing is named, with the nearest and the list', async () => {
    await expect(tried(['curl', '{ulr}'])).rejects.toMatchObject({
      code: 'PLACEHOLDER_UNKNOWN',
      hint: expect.stringMatching(/^did you mean \{url\}\? all of them: \{url\} \{host\}/),
    })
  })
})

describe('a program that proves nothing is inconclusive, in its own words', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinlab-bad-'))
    await writeFile(join(folder, 'plain'), 'echo never\n')
    await writeFile(join(folder, 'script'), '#!/no/such/interpreter\n')
    await chmod(join(folder, 'script'), 0o755)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each<[string, () => readonly string[], RegExp]>([
    [
      'is not there',
      () => ['no-such-program'],
      /CLIENT_NOT_STARTED: it could not be started: there is no such program/,
    ],
    ['may not be run', () => [join(folder, 'plain')], /no program that this user may run \(EACCES\)/],
    ['has no interpreter', () => [join(folder, 'script')], /CLIENT_NOT_STARTED/],
    ['lies below a file', () => [join(folder, 'plain', 'x')], /CLIENT_NOT_STARTED: it could not be started: ENOTDIR/],
    ['a shell does not find', () => ['sh', '-c', 'no-such-program'], /exit 127: .*not found/],
    ['ends at once with 0', () => ['true'], /took an answer, but nothing was passed on[\s\S]*connected {3}never/],
    [
      'ignores where to go',
      () => node('fetch("http://127.0.0.1:9").catch(() => process.exit(1))'),
      /never: does it ask/,
    ],
    ['is used wrongly', () => ['sh', '-c', 'echo "usage: mine URL" >&2; exit 2'], /EXIT_2[\s\S]*usage: mine URL/],
    ['is ended by a signal', () => ['sh', '-c', 'echo ouch; kill -SEGV $$'], /ended by SIGSEGV: ouch/],
    ['wants a terminal', () => ['sh', '-c', 'read x < /dev/tty'], /EXIT_\d[\s\S]*\/dev\/tty/],
    [
      'writes what is no text',
      () => node('process.stdout.write(Buffer.from([255, 27, 91, 50, 74, 0])); process.exitCode = 5'),
      /EXIT_5/,
    ],
    ['says that it is unable to', () => ['sh', '-c', 'echo UNSUPPORTED'], /CLIENT_UNSUPPORTED/],
    [
      'speaks HTTP where TLS is spoken',
      () =>
        node(
          `require('node:http').get('http://localhost:' + process.env.LAB_PORT, (a) => process.exit(a.statusCode === 200 ? 0 : 1)).on('error', (e) => { console.error(e.code); process.exit(1) })`,
        ),
      /Inconclusive: nobody attacked/,
    ],
  ])(
    'one that %s',
    async (_, words, expected) => {
      const { code, stdout } = await tried(words())
      expect(code).toBe(4)
      expect(stdout).toMatch(expected)
      expect(stdout).toContain('docs/your-client.md#inconclusive')
      expect(stdout).not.toContain('trusted-authority')
      // Not even by way of its own words does it move the cursor.
      expect(stdout).not.toContain('\u001b')
    },
    60_000,
  )

  test.each([
    ['never ends', 'setInterval(() => {}, 1e3)'],
    ['speaks SSLv2', `${LOCAL}.on('connect', () => socket.write(Buffer.from('${SSLV2_HELLO}', 'hex'))).resume()`],
    ['listens', `require('node:http').createServer().listen(0, () => console.log('listening'))`],
  ])(
    'one that %s, at its deadline',
    async (_, script) => {
      const { code, stdout } = await tried(node(script), [...TELLING, '--timeout', '2500'])
      expect(code).toBe(4)
      expect(stdout).toMatch(/CLIENT_TIMED_OUT/)
    },
    60_000,
  )
})

describe('a program that is odd, and honest all the same, gets its verdict', () => {
  test.each([
    ['comes by IPv6', asking('hostname: "::1", servername: "localhost"')],
    [
      'comes twice',
      node(`
      const ask = (then) => require('node:https').get(process.env.LAB_URL, { ca: require('node:fs').readFileSync(process.env.LAB_CA), agent: false },
        (answer) => answer.resume().on('end', () => then(answer.statusCode === 200 ? 0 : 1))).on('error', () => process.exit(1))
      ask(() => ask(process.exit))`),
    ],
    [
      'keeps the connection, and ends',
      asking('headers: { connection: "keep-alive" }', 'answer.resume().on("end", () => process.exit(0))'),
    ],
    [
      'leaves children behind that have a group of their own',
      ['sh', '-c', 'setsid sleep 300 & curl -sS -o /dev/null --cacert "$LAB_CA" "$LAB_URL"'],
    ],
    ['leaves children behind', ['sh', '-c', 'sleep 300 & exec curl -sS -o /dev/null --cacert "$LAB_CA" "$LAB_URL"']],
    [
      'writes 256 MB',
      ['sh', '-c', 'head -c 268435456 /dev/zero; exec curl -sS -o /dev/null --cacert "$LAB_CA" "$LAB_URL"'],
    ],
  ])(
    'one that %s is unpinned',
    async (_, words) => {
      // On a busy machine so much output takes its time.
      const { code, stdout } = await tried(words, [...TELLING, '--timeout', '60000'])
      expect(stdout).toMatch(/\nUnpinned: /)
      expect(code).toBe(3)
    },
    90_000,
  )

  test('one that half-closes when it has asked is unpinned if the server answers it all the same, and is never called pinned', async () => {
    const half = node(`
      const ca = require('node:fs').readFileSync(process.env.LAB_CA)
      const options = { host: 'localhost', servername: 'localhost', port: +process.env.LAB_PORT, allowHalfOpen: true, ca }
      const lines = ['GET ' + process.env.LAB_PATH + ' HTTP/1.1', 'Host: localhost', 'Connection: close', '', '']
      let got = ''
      require('node:tls').connect(options, function () { this.end(lines.join('\\r\\n')) })
        .on('data', (chunk) => { got += chunk })
        .on('end', () => process.exit(got.includes(' 200 ') ? 0 : 1))
        .on('error', () => process.exit(1))`)
    const { code, stdout } = await tried(half)
    // Node's servers give up a request whose other half is closed, unless they have answered by then: in each play anew.
    expect(stdout).not.toMatch(/\nPinned/)
    expect(code).toBe(stdout.includes('\nInconclusive: ') ? 4 : 3)
  }, 60_000)

  test('one that checks nothing is told so before anything else', async () => {
    const { code, stdout } = await tried(asking('rejectUnauthorized: false'))
    expect(stdout).toMatch(/\n\nIt accepts any certificate: /)
    expect(code).toBe(3)
  }, 60_000)

  test('an attack that it says it is unable to is not played', async () => {
    const unable = 'curl -sS -o /dev/null --cacert "$LAB_CA" "$LAB_URL" || { echo UNSUPPORTED; exit 0; }'
    const { stdout } = await tried(['sh', '-c', unable])
    expect(stdout).toContain('Applicable to none of these clients, so without a row: 1 of 3 attacks.')
    expect(stdout).not.toContain('stranger-authority')
  }, 60_000)
})

test('two at once do not disturb each other', async () => {
  const [one, other] = await Promise.all([tried(asking('')), tried(asking('rejectUnauthorized: false'))])
  expect(one.stdout).toContain('Unpinned: ')
  expect(other.stdout).toContain('It accepts any certificate: ')
}, 60_000)

test('an interruption ends what runs, and tells what was found until then', async () => {
  const stop = new AbortController()
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-stop-'))
  const pidFile = join(folder, 'pid')
  // The third world is where it hangs: by then two have been told.
  const script = `
    const fs = require('node:fs'), child = require('node:child_process')
    const hang = () => { fs.writeFileSync('${pidFile}', String(process.pid)); setInterval(() => {}, 1e3) }
    const ca = fs.readFileSync(process.env.LAB_CA)
    require('node:https').get(process.env.LAB_URL, { ca, agent: false }, (a) => a.resume().on('end', () => process.exit(0))).on('error', hang)`
  const watching = watchFor(pidFile, () => stop.abort())
  const { code, stdout, stderr } = await tried(node(script), [...TELLING, '--timeout', '60000', '-j', '1'], stop.signal)
  const pid = await watching
  expect(code).toBe(130)
  expect(stdout).toMatch(/none +→ reached/)
  expect(stderr).toMatch(/interrupted: these are the [12] results found until then/)
  expect(await gone(pid)).toBe(true)
  await rm(folder, { recursive: true })
}, 60_000)

async function watchFor(path: string, then: () => void): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '')
    if (text !== '') {
      then()
      return Number(text)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
