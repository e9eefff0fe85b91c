import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compose, describeWithDocker, docker } from '../support/docker.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describeWithDocker('two labs side by side', () => {
  const projects = ['a', 'b'].map((name) => `pinlab-${randomBytes(4).toString('hex')}-${name}`)

  beforeAll(async () => {
    for (const project of projects) await compose(ROOT, project, 'build')
  }, 240_000)

  afterAll(async () => {
    await Promise.all(projects.map((project) => compose(ROOT, project, 'down', '--volumes', '--timeout', '3')))
    for (const project of projects) docker('image', 'rm', '--force', `pinning-lab/${project}`)
  }, 60_000)

  test('each runs its own experiment, with the same exit code as alone', async () => {
    const runs = await Promise.all(
      projects.map((project) => compose(ROOT, project, 'run', '--rm', '--no-TTY', 'lab', '--json')),
    )
    for (const { code, stdout } of runs) {
      expect(JSON.parse(stdout)).toMatchObject({ stage: 'compose', surprises: 0 })
      expect(code).toBe(0)
    }
  }, 180_000)

  test('each has published a port of its own', () => {
    const ports = projects.map((project) => docker('compose', '-p', project, 'port', 'proxy', '8080').trim())
    expect(new Set(ports).size).toBe(2)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  test('up --exit-code-from ends by itself with the experiment’s exit code, and leaves nothing running', async () => {
    const [project = ''] = projects
    const { code, stdout } = await compose(ROOT, project, 'up', '--exit-code-from', 'lab', '--no-color')
    expect(stdout).toMatch(/Nothing surprising: 24 of 24 as expected/)
    expect(code).toBe(0)
    expect(docker('ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`).trim()).toBe('')
  }, 120_000)
})
