import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, type test } from '@jest/globals'
import type { Situation } from '#client/client.ts'
import { externalClient } from '#client/external/external.ts'
import { createWorldFiles, type WorldFiles } from '#client/external/world.ts'
import { failureOf } from '#client/refusal.ts'
import { HOSTS } from '#kit/names.ts'
import { startConnectProxy } from '../connect-proxy.ts'
import { testWith } from './tools.ts'
import { type Trial, trial } from './trial.ts'

const TIMEOUT = 120_000
const curl = testWith('curl')
const python = testWith('python3')
// A runtime without its compiler does not take a program as source.
const java = testWith('javac', '-version')

let files: WorldFiles
let world: Trial
beforeAll(async () => {
  ;[files, world] = await Promise.all([createWorldFiles(), trial()])
}, TIMEOUT)
afterAll(async () => {
  await Promise.all([files[Symbol.asyncDispose](), world[Symbol.asyncDispose]()])
})

/** How a program ends where it is led; `plain` ones are told of the world by their arguments only. */
async function ending([command = '', ...args]: readonly string[], situation: Situation, plain = true) {
  const { PATH, HOME } = process.env
  const program = { id: command, command, args, env: {}, plainEnv: plain, deployment: 'ca-signed' } as const
  const open = await externalClient(program, { files, inherited: { PATH, HOME } }).open(situation)
  try {
    await open.look?.(undefined)
    return { outcome: 'accepted' }
  } catch (error) {
    return failureOf(error)
  } finally {
    await open.close()
  }
}

const ASK = ['-XX:TieredStopAtLevel=1', fileURLToPath(new URL('Ask.java', import.meta.url)), '{url}']
const PYTHON = 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()'

type Case = readonly [what: string, run: typeof test.skip, command: readonly string[], words: string, plain?: boolean]

const CASES: readonly Case[] = [
  ['curl --cacert {ca}', curl, ['curl', '-sS', '--cacert', '{ca}', '{url}'], 'unable to get local issuer certificate'],
  ['curl --capath {ca:dir}', curl, ['curl', '-sS', '--capath', '{ca:dir}', '{url}'], 'unable to get local issuer'],
  ['curl, told by its variable', curl, ['curl', '-sS', '{url}'], 'unable to get local issuer', false],
  ['Python, told by its variable', python, ['python3', '-c', PYTHON, '{url}'], 'CERTIFICATE_VERIFY_FAILED', false],
  [
    'Java with {ca:jks}',
    java,
    ['java', '-Djavax.net.ssl.trustStore={ca:jks}', '-Djavax.net.ssl.trustStoreType=JKS', ...ASK],
    'PKIX path building failed',
  ],
  [
    'Java with {ca:pkcs12}',
    java,
    ['java', '-Djavax.net.ssl.trustStore={ca:pkcs12}', '-Djavax.net.ssl.trustStorePassword=changeit', ...ASK],
    'PKIX path building failed',
  ],
  ['Java, told by its variable', java, ['java', ...ASK], 'PKIX path building failed', false],
]

describe.each(CASES)('%s', (_what, run, command, words, plain) => {
  run(
    'takes the answer of whom the device trusts',
    async () => {
      const before = world.trusted.requests.length
      expect(await ending(command, world.situation('trusted'), plain)).toEqual({ outcome: 'accepted' })
      expect(world.trusted.requests).toHaveLength(before + 1)
    },
    TIMEOUT,
  )

  run(
    'refuses a stranger, who sees nothing',
    async () => {
      const { connections } = world.stranger.seen
      const end = await ending(command, world.situation('stranger'), plain)
      expect(end).toMatchObject({ outcome: 'refused', message: expect.stringContaining(words) })
      expect(world.stranger.seen).toEqual({ connections: connections + 1, bytes: 0 })
    },
    TIMEOUT,
  )
})

java(
  'Java goes through the proxy that its variable names, and asks there for a name that only the proxy knows',
  async () => {
    await using proxy = await startConnectProxy(world.trusted.port)
    const situation = {
      ...world.situation('trusted'),
      origin: `https://${HOSTS.api}:${world.trusted.port}`,
      proxy: `http://127.0.0.1:${proxy.port}`,
    }
    expect(await ending(['java', ...ASK], situation, false)).toEqual({ outcome: 'accepted' })
    expect(proxy.asked).toEqual([`${HOSTS.api}:${world.trusted.port}`])
  },
  TIMEOUT,
)
