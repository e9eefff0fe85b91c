import { execPath } from 'node:process'
import { expect, test } from '@jest/globals'
import type { Deployment } from '#client/client.ts'
import { externalClient } from '#client/external/external.ts'
import { createWorldFiles } from '#client/external/world.ts'
import { battery } from '#lab/battery.ts'
import { WORLDS_TO_TELL } from '#lab/control.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const now = () => new Date()

// As Java's and OpenSSL's own client do where the host has no dot.
const NAMES_NO_SERVER = `
  const trusted = require('node:fs').readFileSync(process.argv[1])
  const options = { ca: trusted, servername: '', agent: false }
  require('node:https').get(process.env.LAB_URL, options, (answer) => {
    answer.resume().on('end', () => process.exit(answer.statusCode === 200 ? 0 : 1))
  }).on('error', ({ code }) => { console.error(code); process.exit(1) })`

test.each<[Deployment, string]>([
  ['ca-signed', '{ca}'],
  ['self-signed', '{cert}'],
])(
  'a program that names no server in its handshake finds the API, %s, and is told who attacks',
  async (deployment, trusted) => {
    await using files = await createWorldFiles()
    const args = ['-e', NAMES_NO_SERVER, '--', trusted]
    const program = { id: 'nameless', command: execPath, args, env: {}, plainEnv: true, deployment }
    const client = externalClient(program, { files, inherited: {} })
    await using stage = await embeddedStage({ clients: new Map([[client.id, client]]), now, forOutside: true })
    const { attacks } = await loadCatalogues()
    const worlds = [...attacks.values()].filter(({ id }) => WORLDS_TO_TELL.includes(id))
    const run = await battery(stage, {
      attacks: worlds,
      clients: [client],
      road: 'takeover',
      jobs: 2,
      versions: {},
      now,
    })
    expect(Object.fromEntries(run.results.map(({ attack, verdict }) => [attack, verdict]))).toEqual({
      none: 'reached',
      'stranger-authority': 'blocked',
      'trusted-authority': deployment === 'ca-signed' ? 'intercepted' : 'blocked',
    })
  },
  60_000,
)
