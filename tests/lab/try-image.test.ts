import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import type { CommandEnd } from '#client/external/command.ts'
import { LabError } from '#kit/error.ts'
import { inapplicable } from '#lab/applicable.ts'
import { dockerRun, endInside } from '#lab/try/image-line.ts'
import { type Answers, talkOver } from '#lab/try/talk.ts'
import { tryCommand } from '#lab/try-command.ts'
import { terminal } from '../support/terminal.ts'

const NOWHERE = { PATH: '/nowhere' }

/** What a `docker` says that is no engine of this machine's. */
async function withDocker(script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-docker-'))
  await writeFile(join(folder, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { PATH: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

test('without a docker command an image is wrong use, and the program itself is named as a way', async () => {
  await expect(tryCommand(terminal(['--image', 'my/app:dev'], NOWHERE))).rejects.toMatchObject({
    code: 'DOCKER_MISSING',
    kind: 'usage',
    hint: expect.stringContaining('npm run try -- ./my-client {url}'),
  })
})

test('an engine that does not answer is told in its own words', async () => {
  await using docker = await withDocker('echo "Cannot connect to the Docker daemon" >&2; exit 1')
  await expect(tryCommand(terminal(['--image', 'my/app:dev'], { PATH: docker.PATH }))).rejects.toMatchObject({
    code: 'DOCKER_SILENT',
    details: ['Cannot connect to the Docker daemon'],
  })
})

const FOREIGN = `
case "$1 $2" in
  "image inspect") echo '[{"Os":"linux","Architecture":"s390x","Config":{"Env":null}}]' ;;
  "version --format") case "$3" in *Arch*) echo linux/amd64 ;; *) echo 20.10.24 ;; esac ;;
  compose*) echo '{"networks":{"cafe":{"name":"lab_cafe"}}}' ;;
esac`

test('an image for another platform is refused, unless it is said to be emulated', async () => {
  await using docker = await withDocker(FOREIGN)
  const trying = (more: Record<string, string>) =>
    tryCommand(terminal(['--image', 'my/app:dev'], { PATH: docker.PATH, ...more }))
  await expect(trying({})).rejects.toMatchObject({
    code: 'IMAGE_PLATFORM',
    message: "'my/app:dev' is for linux/s390x, and the engine is linux/amd64",
  })
  // This engine has no containers that could play.
  await expect(trying({ DOCKER_DEFAULT_PLATFORM: 'linux/s390x' })).rejects.toMatchObject({ code: 'STAGE_NOT_UP' })
})

test.each([
  ['--target', 'api.example.com'],
  ['--save', 'mine'],
  ['--reference', 'curl-*'],
])('%s beside --image is wrong use', async (...more) => {
  const { exitCode } = await tryCommand(terminal(['--image', 'my/app:dev', ...more], NOWHERE)).then(
    () => ({ exitCode: 0 }),
    (error: { exitCode: number }) => error,
  )
  expect(exitCode).toBe(1)
})

test('an unknown placeholder is told before an engine is looked for', async () => {
  const failing = tryCommand(terminal(['--image', 'my/app:dev', '--', '{uri}'], NOWHERE))
  await expect(failing).rejects.toMatchObject({ code: 'PLACEHOLDER_UNKNOWN' })
})

const END = { output: 'words', lastLine: '' }

test.each<[string, CommandEnd, object]>([
  ['the engine could not start it', { how: 'exit', code: 125, ...END }, { how: 'not-started', why: 'words' }],
  ['a signal ended it', { how: 'exit', code: 139, ...END }, { how: 'signal', signal: 'SIGSEGV' }],
  ['it refused', { how: 'exit', code: 1, ...END }, { how: 'exit', code: 1 }],
  ['an exit code like no signal’s is its own', { how: 'exit', code: 255, ...END }, { how: 'exit', code: 255 }],
  ['it was too slow', { how: 'timeout', ...END }, { how: 'timeout' }],
])('%s: the engine’s exit code is read so', (_, end, read) => {
  expect(endInside(end)).toMatchObject(read)
})

test('an image gets this play’s trust store where its system and its Java look, and nothing else of this machine', () => {
  const { args } = dockerRun(
    {
      command: 'my/app:dev',
      args: ['{}', '--privileged'],
      env: { LAB_CA: '/pinning-lab/a-ca.pem', LAB_CA_JKS: '/pinning-lab/a-ca.jks', API_KEY: '/etc/shadow' },
    },
    {
      ...{ name: 'one', label: 'pinning-lab.try=1', network: 'lab_cafe', listens: false, env: {} },
      cacerts: ['/opt/java/lib/security/cacerts'],
      mounted: new Map([
        ['/pinning-lab/a-ca.pem', '/tmp/with,comma/a-ca.pem'],
        ['/pinning-lab/a-ca.jks', '/tmp/with,comma/a-ca.jks'],
        ['/pinning-lab/b-ca.pem', '/tmp/with,comma/b-ca.pem'],
      ]),
    },
  )
  const mounts = args.filter((_, index) => args[index - 1] === '--mount')
  const from = (file: string) =>
    mounts.flatMap(
      (mount) =>
        mount.match(new RegExp(`^type=bind,"source=/tmp/with,comma/${file}",target=(.*),readonly$`))?.[1] ?? [],
    )
  expect(from('a-ca.pem').sort()).toEqual([
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/cert.pem',
    '/etc/ssl/certs/ca-certificates.crt',
    '/pinning-lab/a-ca.pem',
  ])
  expect(from('a-ca.jks').sort()).toEqual([
    '/etc/ssl/certs/java/cacerts',
    '/opt/java/lib/security/cacerts',
    '/pinning-lab/a-ca.jks',
  ])
  expect(mounts).toHaveLength(7)
  // What follows the image is its own, whatever it looks like.
  expect(args.slice(args.indexOf('my/app:dev'))).toEqual(['my/app:dev', '{}', '--privileged'])
})

test('names that lead nowhere on this machine are in reach of a program that finds the lab’s names', () => {
  const attack = { spelling: (host: string) => `evil${host}` }
  const program = { deployment: 'ca-signed', outside: 'should-pin' } as const
  expect(inapplicable(attack, program)).toMatch(/leads nowhere/)
  expect(inapplicable(attack, { ...program, findsNames: true })).toBeUndefined()
})

function twoTalking(here: Answers, there: Answers) {
  const [forth, back] = [new PassThrough(), new PassThrough()]
  const ended = () => new LabError('GONE', 'it has ended')
  const one = talkOver({ input: back, output: forth }, here, ended)
  const other = talkOver({ input: forth, output: back }, there, ended)
  return { one, other, forth, back }
}

test('both sides of a talk may ask, also while they are asked', async () => {
  const { one, other } = twoTalking(
    { double: async (given) => Number(given) * 2 },
    { quadruple: async (given) => other.ask('double', await other.ask('double', given)) },
  )
  expect(await Promise.all([one.ask('quadruple', 1), one.ask('quadruple', 10)])).toEqual([4, 40])
})

test('what the other one throws arrives with code and hint, and what is no line of the talk is passed over', async () => {
  const refuse = async () => {
    throw new LabError('NO_SUCH', 'there is none', { hint: 'take another', kind: 'inconclusive' })
  }
  const { one, back } = twoTalking({}, { refuse })
  back.write('(node:1) Warning: something\n\n[1]\n')
  await expect(one.ask('refuse', null)).rejects.toMatchObject({
    ...{ code: 'NO_SUCH', message: 'there is none', hint: 'take another', kind: 'inconclusive' },
  })
  await expect(one.ask('unheard-of', null)).rejects.toMatchObject({ code: 'BROKE' })
})

test('who has ended answers no more, neither what was asked nor what is asked then', async () => {
  const { one, back } = twoTalking({}, { never: () => new Promise(() => {}) })
  const asked = one.ask('never', null)
  back.end()
  await expect(asked).rejects.toMatchObject({ code: 'GONE' })
  await one.over
  await expect(one.ask('never', null)).rejects.toMatchObject({ code: 'GONE' })
})
