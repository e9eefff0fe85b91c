import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Result } from '#lab/result.ts'
import { compose, describeWithDocker, docker } from '../support/docker.ts'
import { start } from '../support/program.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const WORLDS = ['-a', 'none', '-a', 'stranger-authority', '-a', 'trusted-authority']

describeWithDocker('an image that is not ours', () => {
  const project = `pinlab-${randomBytes(4).toString('hex')}`
  const image = `${project}-app:dev`
  const trying = (...words: string[]) =>
    start(execPath, ['services/lab/main.ts', 'try', '--image', ...words], {
      cwd: ROOT,
      env: { ...process.env, COMPOSE_PROJECT_NAME: project, LAB_PORT: '0', DASHBOARD_PORT: '0' },
    })

  beforeAll(async () => {
    await buildApp(image)
    await compose(ROOT, project, 'build')
  }, 240_000)

  afterAll(async () => {
    await compose(ROOT, project, 'down', '--volumes', '--timeout', '3')
    docker('image', 'rm', '--force', image, `pinning-lab/${project}`)
  }, 60_000)

  afterEach(() => {
    const containers = docker('ps', '--all', '--quiet', '--filter', `ancestor=${image}`)
    const labelled = docker(
      'ps',
      '--all',
      '--quiet',
      '--filter',
      'label=pinning-lab.try',
      '--filter',
      `label=com.docker.compose.project=${project}`,
    )
    expect({ containers, labelled }).toEqual({ containers: '', labelled: '' })
  })

  test('unpinned, it is fooled by whoever its trust store names', async () => {
    const { code, stdout } = await trying(image, ...WORLDS, '--', '{url}').ended
    expect(stdout).toMatch(/^Unpinned: /m)
    expect(code).toBe(3)
  }, 120_000)

  test('pinned, it is beaten by nothing; nor does it find more than its network and a disk that it cannot write', async () => {
    const { code, stdout } = await trying(image, ...WORLDS, '--env', 'PIN={pin}', '--env', 'LOCKED_IN=1', '--', '{url}')
      .ended
    expect(stdout).toMatch(/^Pinned, and beaten by nothing/m)
    expect(code).toBe(0)
  }, 120_000)

  test('names that lead nowhere elsewhere lead to the attacker there', async () => {
    const asked = ['-a', 'none', '-a', 'suffix-confusion', '-r', 'json', '--env', 'PIN={pin}', '--', '{url}']
    const { stdout } = await trying(image, ...asked).ended
    const result = JSON.parse(stdout).results.find(({ attack }: Result) => attack === 'suffix-confusion')
    expect(result).toMatchObject({ verdict: 'blocked', report: { outcome: 'refused' } })
    expect(result.evidence.connections).not.toEqual([])
  }, 120_000)

  test('whom the device trusts is where Debian looks, also when no variable says so', async () => {
    const ask = `printf 'GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -quiet \
      -verify_return_error -verify_hostname {host} -CAfile /etc/ssl/certs/ca-certificates.crt \
      -servername {host} -connect {host}:{port} | grep -q '200 OK'`
    const { code, stdout } = await trying('debian:bookworm-slim', ...WORLDS, '--plain-env', '--', 'sh', '-c', ask).ended
    expect(stdout).toMatch(/^Unpinned: /m)
    expect(code).toBe(3)
  }, 120_000)

  test('one that never ends is ended, and proves nothing', async () => {
    const { code, stdout } = await trying(image, ...WORLDS, '--timeout', '100', '--env', 'HANG=1', '--', '{url}').ended
    // A machine so busy that it has not even connected by then is told of as well.
    expect(stdout).toMatch(/it did not end in time|no end within \d+ ms/)
    expect(code).toBe(4)
  }, 120_000)

  test('Ctrl-C ends it', async () => {
    const begun = start('docker', ['events', '--filter', `image=${image}`, '--filter', 'event=start'], {})
    const { child, ended } = trying(image, ...WORLDS, '--env', 'HANG=1', '--', '{url}')
    await begun.says(' start ')
    begun.child.kill()
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130 })
  }, 120_000)

  test('an image that is not there is wrong use, and is not fetched', async () => {
    const { code, stderr } = await trying('pinlab.invalid/nothing:dev').ended
    expect(stderr).toMatch(/^IMAGE_MISSING: .*\n(?:.*\n)*\s+hint: docker build --tag pinlab.invalid\/nothing:dev/m)
    expect(code).toBe(2)
  }, 30_000)
})

/** As images for CI are: a user of its own, and no shell. */
async function buildApp(image: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pinlab-app-'))
  await writeFile(join(folder, 'app.mjs'), APP)
  await writeFile(join(folder, 'Dockerfile'), DOCKERFILE)
  docker('build', '--quiet', '--tag', image, folder)
  await rm(folder, { recursive: true })
}

const DOCKERFILE = `
FROM node:24-bookworm-slim
COPY app.mjs /app/app.mjs
RUN ["/usr/local/bin/node", "-e", "for (const shell of ['sh', 'bash', 'dash', 'rbash']) fs.rmSync('/usr/bin/' + shell)"]
USER 1234:1234
ENTRYPOINT ["/usr/local/bin/node", "/app/app.mjs"]
`

const APP = `
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:net'
import { checkServerIdentity } from 'node:tls'

const { PIN, LOCKED_IN, HANG, LAB_TOKEN } = process.env
const fail = (why) => { console.error(why); process.exit(1) }

if (LOCKED_IN) {
  const status = readFileSync('/proc/self/status', 'utf8')
  if (!/^CapEff:\\s0+$/m.test(status) || !/^CapBnd:\\s0+$/m.test(status)) fail('it has capabilities')
  if (!/^NoNewPrivs:\\s1$/m.test(status)) fail('it may get new privileges')
  if (process.getuid() !== 1234) fail('it is somebody else')
  if (existsSync('/bin/sh')) fail('it has a shell')
  for (const path of ['/app/mine', process.env.LAB_CA]) {
    try { writeFileSync(path, ''); fail(path + ' can be written') } catch (error) { if (error.code !== 'EROFS' && error.code !== 'EACCES') fail(error) }
  }
  const open = await new Promise((resolve) => {
    connect({ host: '1.1.1.1', port: 443, timeout: 500 })
      .on('connect', () => resolve(true)).on('timeout', () => resolve(false)).on('error', () => resolve(false))
  })
  if (open) fail('there is a way out')
}
const options = {
  headers: { 'approov-token': LAB_TOKEN },
  checkServerIdentity: (host, certificate) => {
    const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
    const seen = 'sha256/' + createHash('sha256').update(key).digest('base64')
    return checkServerIdentity(host, certificate) ?? (PIN && PIN !== seen ? new Error('PIN_MISMATCH') : undefined)
  },
}
if (HANG) setInterval(() => {}, 1000)
else get(process.argv[2], options, (answer) => answer.resume().on('end', () => process.exit(answer.statusCode === 200 ? 0 : 1)))
  .on('error', (error) => fail(error))
`
