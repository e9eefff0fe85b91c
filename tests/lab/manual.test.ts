import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { ProxyAgent, request } from 'undici'
import { listen } from '#kit/listen.ts'
import type { Run } from '#lab/result.ts'
import { tryCommand } from '#lab/try-command.ts'
import { terminal } from '../support/terminal.ts'
import { app, session, type Told } from './device.ts'
import { ownApi } from './own-api.ts'

const WORLDS = ['--attack', 'stranger-authority,trusted-authority']

test('an app without a pin is unpinned, and its request is shown as it arrives, the token shortened', async () => {
  const reports: string[] = []
  const { code, stdout, stderr } = await session(WORLDS, async (told) => {
    reports.push(`${told.attack} ${(await app('unpinned', told)).outcome}`)
    return true
  })
  expect(reports).toEqual(['none accepted', 'stranger-authority refused', 'trusted-authority accepted'])
  expect(code).toBe(3)
  expect(stdout).toContain('Unpinned: ')
  expect(stderr).toMatch(/read: GET \S*\/planetary\/apod\S* at api\.lab\.test.*approov-token token-of…6789/)
  expect(stderr).not.toContain('token-of-a-person-0123456789')
}, 60_000)

test('an app with a pin is pinned, and the worlds come first whatever was chosen', async () => {
  const attacks: string[] = []
  const { code, stdout } = await session(['--attack', 'stolen-key'], async (told) => {
    attacks.push(told.attack)
    await app('pinned-key', told)
    return true
  })
  expect(attacks).toEqual(['none', 'stranger-authority', 'trusted-authority', 'stolen-key'])
  expect(stdout).toContain('Pinned by key, and beaten by nothing that was tried.')
  expect(code).toBe(0)
}, 60_000)

test('the proxy stays where it is over all attacks', async () => {
  const proxies = new Set<string>()
  await session(WORLDS, async (told) => {
    proxies.add(told.proxy)
    await app('pinned-key', told)
    return true
  })
  expect(proxies.size).toBe(1)
}, 60_000)

test('where nothing comes, nothing is proved: a second Enter gives the control up, and no attack follows', async () => {
  const { code, stdout, stderr } = await session(WORLDS, async ({ stdin }) => {
    stdin.write('\n')
    return true
  })
  expect(code).toBe(4)
  expect(stderr).toContain('Nothing has come from the app yet')
  expect(stderr).not.toContain('[2 of 3]')
  expect(stdout).toContain("Inconclusive: in 'none': nothing came.")
}, 60_000)

test('an app that does not even take the genuine certificate has not been shown to be pinned', async () => {
  const { code, stdout } = await session(WORLDS, async (told) => {
    await app('pinned-key', told, [])
    told.stdin.write('\n')
    return true
  })
  expect(code).toBe(4)
  expect(stdout).toContain('perhaps it does not take the genuine certificate')
}, 60_000)

test('an app that was never given the authority has not been shown to be pinned', async () => {
  const { code, stdout } = await session(WORLDS, async (told) => {
    await app('unpinned', told, told.authorities.slice(0, 1))
    return true
  })
  expect(code).toBe(4)
  expect(stdout).toContain('Inconclusive: it left the authority that the device trusts exactly as it left the stranger')
}, 60_000)

test('other hosts are refused, counted in one line, and leave no trace in the report', async () => {
  let arrived = 0
  const noticing = createServer((socket) => {
    arrived += 1
    socket.destroy()
  })
  await using stranger = await listen(noticing, { what: 'a stranger' })
  const elsewhere = `127.0.0.1:${stranger.port}`
  const { stdout, stderr } = await session([...WORLDS, '--reporter', 'json'], async (told) => {
    await using agent = agentFor(told)
    await expect(request(`https://${elsewhere}/`, { dispatcher: agent })).rejects.toThrow()
    expect((await request(`${told.proxy}/`, { headers: {} })).statusCode).toBe(200)
    await app('unpinned', told)
    return true
  })
  expect(arrived).toBe(0)
  expect(stderr.match(/3 requests for other hosts were refused, and not recorded/g)).toHaveLength(1)
  expect(`${stdout}${stderr}`).not.toContain(elsewhere)
  // What --reporter json prints is a Run.
  expect((JSON.parse(stdout) as Run).results.map(({ verdict }) => verdict)).toEqual([
    'reached',
    'blocked',
    'intercepted',
  ])
}, 60_000)

test('the end of the input ends the run with what was found, and Ctrl-C with 130', async () => {
  const ended = await session(WORLDS, async (told) => {
    await app('unpinned', told)
    if (told.attack !== 'none') told.stdin.end()
    return told.attack === 'none'
  })
  expect(ended.code).toBe(4)
  expect(ended.stdout).toMatch(/none +→ reached/)
  const interrupted = await session(WORLDS, async (told) => {
    told.interrupt()
    return false
  })
  expect(interrupted.code).toBe(130)
  expect(interrupted.stderr).toContain('interrupted: these are the 0 results')
}, 60_000)

test('the authority comes as DER and as PEM with types that devices install, and the page says what to do', async () => {
  await session(WORLDS, async (told) => {
    const get = async (path: string) => fetch(`${told.proxy}${path}`)
    const der = await get('/authority-1.cer')
    expect(der.headers.get('content-type')).toBe('application/x-x509-ca-cert')
    expect(Buffer.from(await der.arrayBuffer()).subarray(0, 1)).toEqual(Buffer.from([0x30]))
    expect((await get('/authority-1.pem')).headers.get('content-type')).toBe('application/x-pem-file')
    expect(await (await get('/')).text()).toContain(told.proxy.replace('http://', ''))
    expect((await get('/authority-9.pem')).status).toBe(404)
    told.interrupt()
    return false
  })
}, 60_000)

test('to listen beyond this machine is warned of, with the addresses', async () => {
  const { stderr } = await session([...WORLDS, '--listen', '0.0.0.0', '--public'], async (told) => {
    told.interrupt()
    return false
  })
  expect(stderr).toMatch(/WARNING: this listens beyond this machine, at \S+:\d+|HTTP proxy +host 127\.0\.0\.1/)
  expect(stderr).not.toMatch(/host 0\.0\.0\.0/)
}, 60_000)

test('an API of one’s own is tried in the same way, and its page offers the attacker’s authority alone', async () => {
  await using api = await ownApi()
  const own = await readFile(api.ca, 'utf8')
  const offered: number[] = []
  const args = ['--target', api.at, '--ca', api.ca, ...WORLDS]
  const { code, stdout } = await session(args, async (told) => {
    offered.push(told.authorities.length)
    await using agent = agentFor(told, [own, ...told.authorities])
    await request(`https://${api.at}/v1`, { dispatcher: agent }).then(
      ({ body }) => body.dump(),
      () => {},
    )
    return true
  })
  expect(offered).toEqual([0, 0, 1])
  expect(stdout).toContain('Unpinned: ')
  expect(code).toBe(3)
  expect(api.requests).toEqual(['GET /v1', 'GET /v1'])
}, 60_000)

test('where nothing comes for an API of one’s own, the words are for a person', async () => {
  await using api = await ownApi()
  const args = ['--target', api.at, '--ca', api.ca, ...WORLDS]
  const { code, stdout } = await session(args, async ({ stdin }) => {
    stdin.write('\n')
    return true
  })
  expect(code).toBe(4)
  expect(stdout).toContain('Nothing came for that host. Is the proxy set')
  expect(stdout).not.toContain('HTTPS_PROXY')
  expect(api.requests).toEqual([])
}, 60_000)

test('what an app asks in clear is read, whatever it pins', async () => {
  const { code, stdout, stderr } = await session(WORLDS, async (told) => {
    await app('pinned-key', told)
    if (told.attack === 'trusted-authority') await inClear(told, 'http://api.lab.test/old?api_key=0123456789abcdefghij')
    return true
  })
  expect(code).toBe(3)
  expect(stdout).toMatch(/trusted-authority +! ✗ intercepted/)
  expect(stderr).toContain('read: GET http://api.lab.test/old?api_key=01234567…ghij')
}, 60_000)

test('a port that is taken is said with what to type', async () => {
  await using taken = await listen(createServer(), { what: 'somebody' })
  const screen = { ...terminal(['--manual', '--port', String(taken.port)]), stdin: new PassThrough() }
  await expect(tryCommand(screen)).rejects.toMatchObject({ code: 'PORT_BUSY', hint: expect.stringContaining('--port') })
})

test('on an address of the internet’s it is asked for twice', async () => {
  const on = (...flags: string[]) =>
    tryCommand({ ...terminal(['--manual', '--listen', ...flags]), stdin: new PassThrough() })
  await expect(on('8.8.8.8')).rejects.toMatchObject({
    code: 'ADDRESS_IS_PUBLIC',
    message: "the proxy for your device would listen on 8.8.8.8, which is an address of the internet's",
    hint: expect.stringContaining('--public'),
  })
  // The control: asked twice, it goes as far as such an address lets it on this machine.
  await expect(on('8.8.8.8', '--public')).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' })
})

test.each([
  [['--manual', 'curl'], /takes no command/],
  [['--manual', '--public'], /--public is for --listen/],
  [['--manual', '--road', 'takeover'], /the proxy road/],
  [['--listen', '0.0.0.0', 'curl'], /are for --manual/],
  [['--manual', '--port', '70000'], /not a port/],
])('%j is refused', async (args, why) => {
  const screen = terminal(args)
  await expect(tryCommand(screen)).rejects.toThrow(CommanderError)
  expect(screen.printed.stderr).toMatch(why)
})

/** As a client asks a proxy for an address that begins with http: (RFC 9112 section 3.2.2). */
async function inClear({ proxy }: Told, address: string): Promise<void> {
  const [answer] = await once(get(proxy, { path: address, headers: { host: new URL(address).host } }), 'response')
  answer.resume()
  await once(answer, 'end')
}

function agentFor({ proxy }: Told, ca: readonly string[] = []) {
  const agent = new ProxyAgent({ uri: proxy, requestTls: { ca: [...ca] } })
  return Object.assign(agent, { [Symbol.asyncDispose]: () => agent.close() })
}
