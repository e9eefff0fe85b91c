import { createServer as createTcpServer } from 'node:net'
import { expect } from '@jest/globals'
import { listen } from '#kit/listen.ts'
import type { Run } from '#lab/result.ts'
import { tryCommand } from '#lab/try-command.ts'
import { testWith } from '../client/external/tools.ts'
import { CURL, ownApi, screenFor } from './own-api.ts'

const curl = testWith('curl')
const FIRST = ['--attack', 'stranger-authority,trusted-authority']

function inRun(text: string): Run {
  // What --reporter json prints is a Run.
  return JSON.parse(text) as Run
}

curl(
  'a program that pins the key of an API of its own is pinned',
  async () => {
    await using api = await ownApi()
    const screen = screenFor([
      ...['--target', api.at, '--ca', api.ca],
      ...CURL,
      '--pinnedpubkey',
      api.pin,
      `https://${api.at}/v1`,
    ])
    expect(await tryCommand(screen)).toBe(0)
    expect(screen.printed.stdout).toContain('Pinned, and beaten by nothing that was tried.')
    expect(screen.printed.stdout).toMatch(
      /Contacted: localhost:\d+ and nobody else; .* 0 intercepted requests forwarded/,
    )
    // What the program asks when nobody attacks, and nothing more.
    expect(new Set(api.requests)).toEqual(new Set(['GET /v1']))
  },
  60_000,
)

curl(
  'a program that pins nothing is read, and what it asked is passed on as it was',
  async () => {
    await using api = await ownApi()
    const screen = screenFor([...['--target', api.at, '--ca', api.ca, '--path', '/v2?a=b'], ...FIRST, ...CURL, '{url}'])
    expect(await tryCommand(screen)).toBe(3)
    expect(screen.printed.stdout).toContain('Unpinned: ')
    // From the control, and from whoever has read it.
    expect(api.requests).toEqual(['GET /v2?a=b', 'GET /v2?a=b'])
  },
  60_000,
)

curl(
  'what is kept from the API does not arrive there, and the program is unpinned all the same',
  async () => {
    await using api = await ownApi()
    const args = ['--target', api.at, '--ca', api.ca, '--no-forward', ...FIRST]
    // It takes no answer but a good one.
    const screen = screenFor([...args, ...CURL, '--fail', '{url}'])
    expect(await tryCommand(screen)).toBe(3)
    expect(screen.printed.stdout).toContain('Unpinned: ')
    expect(screen.printed.stdout).toContain('1 intercepted requests kept from it')
    expect(api.requests).toEqual(['GET /'])
  },
  60_000,
)

curl(
  'the pin and the certificate of the API are what the program is told',
  async () => {
    await using api = await ownApi()
    const args = ['--target', api.at, '--ca', api.ca, ...FIRST, ...CURL, '--pinnedpubkey', '{pin:curl}', '{url}']
    expect(await tryCommand(screenFor(args))).toBe(0)
  },
  60_000,
)

curl(
  'no host but the one that was named is contacted',
  async () => {
    await using api = await ownApi()
    let arrived = 0
    const noticing = createTcpServer((socket) => {
      arrived += 1
      socket.destroy()
    })
    await using stranger = await listen(noticing, { what: 'a stranger' })
    const elsewhere = `https://127.0.0.1:${stranger.port}/`
    const args = ['--target', api.at, '--ca', api.ca, '--reporter', 'json', ...FIRST, ...CURL, elsewhere]
    const screen = screenFor(args)
    expect(await tryCommand(screen)).toBe(4)
    expect([arrived, api.requests]).toEqual([0, []])
    const failures = inRun(screen.printed.stdout).results.flatMap(({ evidence }) =>
      evidence.connections.map(({ failure }) => failure),
    )
    expect(failures).toContain(`CONNECT 127.0.0.1:${stranger.port} refused: not the host of this play`)
  },
  60_000,
)

curl(
  'what nobody can have of a foreign host is not played, with the reason',
  async () => {
    await using api = await ownApi()
    const wanted = [
      'stolen-key',
      'other-host',
      'rotated-same-key',
      'request-replay',
      'host-trailing-dot',
      'append-pinned-leaf',
    ]
    const attacks = ['--attack', wanted.join(',')]
    const screen = screenFor([
      ...['--target', api.at, '--ca', api.ca, '--reporter', 'json', ...attacks],
      ...[...CURL, '--pinnedpubkey', api.pin, `https://${api.at}/`],
    ])
    await tryCommand(screen)
    const run = inRun(screen.printed.stdout)
    const whyOf = (attack: string) =>
      run.results.find((result) => result.attack === attack && result.verdict === 'not-applicable')?.why
    expect(run.stage).toBe('target')
    expect(whyOf('stolen-key')).toBe('nobody but its owner has the key of your API')
    expect(whyOf('other-host')).toMatch(/^it takes an honest certificate for another name/)
    expect(whyOf('rotated-same-key')).toMatch(/^your API is as it is/)
    expect(whyOf('request-replay')).toBe('nothing is ever replayed at your API')
    expect(whyOf('host-trailing-dot')).toMatch(/the program is not told/)
    // Made from the genuine chain, which everybody can fetch.
    expect(whyOf('append-pinned-leaf')).toBeUndefined()
  },
  60_000,
)

curl(
  'an API that asks for a client certificate is inconclusive for a program that has none, and the words say so',
  async () => {
    await using api = await ownApi({ tls: { requestCert: true } })
    const screen = screenFor(['--target', api.at, '--ca', api.ca, ...FIRST, ...CURL, '{url}'])
    expect(await tryCommand(screen)).toBe(4)
    expect(screen.printed.stdout).toContain('Your API asks for a client certificate.')
  },
)

curl(
  'what everybody can read in the genuine chain the attacker has, and a pin holds against it',
  async () => {
    await using api = await ownApi({ intermediate: true })
    const args = ['--target', api.at, '--ca', api.ca, '--reporter', 'json', '--attack', 'walk-dn-collision-*', ...CURL]
    const verdicts = async (...more: readonly string[]) => {
      const screen = screenFor([...args, ...more, '{url}'])
      await tryCommand(screen)
      return inRun(screen.printed.stdout).results.map(({ attack, verdict }) => `${attack} ${verdict}`)
    }
    expect(await verdicts()).toEqual(
      expect.arrayContaining(['walk-dn-collision-int intercepted', 'walk-dn-collision-leaf not-applicable']),
    )
    expect(await verdicts('--pinnedpubkey', '{pin:curl}')).toContain('walk-dn-collision-int blocked')
  },
  60_000,
)

curl(
  'a program that heeds no proxy is not attacked, and the words say what to look at',
  async () => {
    await using api = await ownApi()
    const screen = screenFor(['--target', api.at, '--ca', api.ca, ...CURL, '--noproxy', '*', '{url}'])
    expect(await tryCommand(screen)).toBe(4)
    expect(screen.printed.stdout).toContain('Nothing came to the proxy. Does your program heed HTTPS_PROXY?')
  },
  60_000,
)
