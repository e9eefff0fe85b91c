import { randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment } from 'testcontainers'
import type { Run } from '#lab/result.ts'
import { FIRST } from '../expectations/first.ts'
import { asTable } from '../expectations/table.ts'
import { compose, describeWithDocker, docker } from '../support/docker.ts'
import { theBattery } from './battery.ts'
import { keptApart } from './kept-apart.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LONG_LIVED = ['certs', 'nasa', 'attestation', 'proxy', 'enforcing-proxy', 'attacker', 'client']
const START = 240_000

describeWithDocker('the lab as containers', () => {
  const project = `pinlab-${randomBytes(4).toString('hex')}`
  const lab = (...args: string[]) => compose(ROOT, project, 'run', '--rm', '--no-TTY', 'lab', ...args)
  let stage: StartedDockerComposeEnvironment
  let run: Run

  beforeAll(async () => {
    // Port 0: Docker chooses a free one, so that two labs can be tested at once.
    process.env.LAB_PORT = '0'
    process.env.DASHBOARD_PORT = '0'
    stage = await new DockerComposeEnvironment(ROOT, 'docker-compose.yml')
      .withProjectName(project)
      .withBuild()
      .up(LONG_LIVED)
    const ran = await lab('--json')
    if (ran.stdout === '') throw new Error(`the lab printed nothing: ${ran.stderr}`)
    run = JSON.parse(ran.stdout)
  }, START)

  afterAll(async () => {
    await stage?.down({ removeVolumes: true })
    docker('image', 'rm', '--force', `pinning-lab/${project}`)
  }, 60_000)

  test('the matrix is the one of the embedded stage', () => {
    expect(asTable(run.results)).toEqual(FIRST)
    expect(run).toMatchObject({ stage: 'compose', surprises: 0 })
  })

  test('a pinned client refuses with its typed error, and the attacker received 0 application bytes', () => {
    for (const client of ['pinned-certificate', 'pinned-key']) {
      const result = run.results.find((one) => one.attack === 'trusted-authority' && one.client === client)
      expect(result?.report).toMatchObject({ outcome: 'refused', reason: 'pin', code: 'PIN_MISMATCH' })
      expect(result?.evidence).toMatchObject({ applicationBytes: 0, requests: [] })
    }
  })

  test('the unpinned client believes the altered title, and the attacker holds its token', () => {
    const result = run.results.find((one) => one.attack === 'trusted-authority' && one.client === 'unpinned')
    const genuine = run.results.find((one) => one.attack === 'none' && one.client === 'unpinned')
    const title = (one: typeof result) => (one?.report?.outcome === 'accepted' ? one.report.picture?.title : undefined)
    expect(result?.report).toMatchObject({ outcome: 'accepted', picture: { title: expect.stringMatching(/\S/) } })
    expect(title(result)).not.toBe(title(genuine))
    expect(result?.evidence.token).toMatch(/^eyJ/)
    expect(result?.evidence.applicationBytes).toBeGreaterThan(0)
  })

  theBattery(lab)

  test('a wrong flag ends with 2 and the nearest right one', async () => {
    const { code, stderr } = await lab('--atack', 'none')
    expect(code).toBe(2)
    expect(stderr).toContain('--attack')
  }, 60_000)

  test('the article’s address answers on the published port, with the picture’s address leading through the proxy', async () => {
    const [, port] = docker('port', container('proxy'), '8080/tcp').trim().split('\n')[0]?.split(':') ?? []
    const apod = await getJson(`https://localhost:${port}/api.nasa.gov/planetary/apod?date=2017-01-01`)
    expect(apod).toMatchObject({ date: '2017-01-01' })
    expect(apod.url).toMatch(new RegExp(`^https://localhost:${port}/apod\\.nasa\\.gov/`))
  })

  test('only the proxy is published, and only on loopback', () => {
    for (const service of LONG_LIVED) {
      const published = docker('port', container(service)).trim()
      if (service === 'proxy') expect(published).toMatch(/^8080\/tcp -> 127\.0\.0\.1:\d+$/)
      else expect(published).toBe('')
    }
  })

  test('the attacker holds neither the proxy’s keys nor the authority’s', () => {
    const keyOf = (service: string, file: string) =>
      docker('exec', container(service), 'cat', `/lab/certs/generated/${file}`)
    const secrets = [
      keyOf('proxy', 'proxy/key.pem'),
      keyOf('proxy', 'proxy/api-key.pem'),
      keyOf('proxy', 'proxy/attestation-secret'),
      keyOf('certs', 'authority/root-key.pem'),
      keyOf('certs', 'authority/intermediate-key.pem'),
      keyOf('certs', 'authority/api-backup-key.pem'),
    ]
    const readable = docker('exec', container('attacker'), 'sh', '-c', 'find /lab/certs -type f -exec cat {} +')
    // The control: what is its own, it can read.
    expect(readable).toContain('BEGIN PRIVATE KEY')
    for (const secret of secrets) expect(readable).not.toContain(secret.trim().split('\n').at(1) ?? secret.trim())
  })

  test.each([
    ['nasa', ['nasa']],
    ['proxy', ['proxy']],
    ['enforcing-proxy', ['proxy']],
    ['client', ['client']],
    ['attestation', ['attestation']],
    ['attacker', ['attacker']],
  ])('%s sees its own secrets only', (service, folders) => {
    const found = docker('exec', container(service), 'sh', '-c', 'cd /lab/certs/generated && find . -type f')
      .trim()
      .split('\n')
    expect(found.length).toBeGreaterThan(0)
    expect([...new Set(found.map((path) => path.split('/')[1]))]).toEqual(folders)
  })

  keptApart(LONG_LIVED, { container, inspect })

  test('no private key and no secret is in the image', () => {
    const image = inspect('proxy').Image
    const found = docker(
      'run',
      '--rm',
      '--network',
      'none',
      '--user',
      '0',
      '--entrypoint',
      'sh',
      image,
      '-c',
      SEARCH,
    ).trim()
    expect(found).toBe('0')
  })

  test('a certificate renewed with the same key is served without a restart, and pinned clients go on', async () => {
    const before = await served()
    docker('exec', container('certs'), 'node', 'certs/main.ts', 'renew', '--same-key')
    let after = before
    for (const late = Date.now() + 15_000; after.serial === before.serial && Date.now() < late; ) after = await served()
    expect(after.serial).not.toBe(before.serial)
    expect(after.key).toBe(before.key)
    const { code } = await lab('--client', 'pinned-key', '--attack', 'trusted-authority')
    expect(code).toBe(0)
  }, 60_000)

  function served(): Promise<{ serial: string; key: string }> {
    const [, port] = docker('port', container('proxy'), '8080/tcp').trim().split('\n')[0]?.split(':') ?? []
    return new Promise((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port: Number(port), servername: 'api.lab.test', rejectUnauthorized: false },
        () => {
          const { serialNumber, pubkey } = socket.getPeerCertificate()
          socket.destroy()
          resolve({ serial: serialNumber, key: pubkey?.toString('hex') ?? '' })
        },
      ).on('error', reject)
    })
  }

  function inspect(service: string) {
    return JSON.parse(docker('inspect', container(service)))[0]
  }

  function container(service: string): string {
    return docker(
      'ps',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${project}`,
      '--filter',
      `label=com.docker.compose.service=${service}`,
    ).trim()
  }
})

// The lab's own files; what libraries ship as samples is not ours.
const SEARCH =
  'find /lab -path /lab/node_modules -prune -o -type f -print0 | xargs -0 grep -l -e "BEGIN [A-Z ]*PRIVATE KEY-----$" | wc -l'

function getJson(url: string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, async (response) => {
      const chunks = await response.toArray()
      resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    })
      .on('error', reject)
      .end()
  })
}
