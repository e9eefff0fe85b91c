import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { docker } from '../support/docker.ts'

interface Up {
  /** The id of a service's container. */
  container(service: string): string
  /** What `docker inspect` says of it. */
  inspect(service: string): {
    readonly Config: { readonly User: string }
    readonly HostConfig: HostConfig
    readonly NetworkSettings: {
      readonly Networks: Readonly<Record<string, { readonly IPAddress: string; readonly Gateway: string }>>
    }
    readonly State: { readonly Running: boolean; readonly Pid: number }
  }
}

interface HostConfig {
  readonly ReadonlyRootfs: boolean
  readonly Privileged: boolean
  readonly CapDrop: readonly string[]
  readonly SecurityOpt: readonly string[]
  readonly Memory: number
  readonly MemorySwap: number
  readonly PidsLimit: number
}

/** What no party may do to the others, or to the machine, tried from inside. */
export function keptApart(services: readonly string[], { container, inspect }: Up): void {
  const inside = (service: string, program: string, ...args: string[]) =>
    spawnSync('docker', ['exec', container(service), 'node', '-e', program, ...args], { encoding: 'utf8' })
  const knock = (service: string, port: number, ...hosts: string[]) =>
    inside(service, KNOCK, String(port), ...hosts)
      .stdout.trim()
      .split('\n')
      .sort()
  const networksOf = (service: string) => Object.entries(inspect(service).NetworkSettings.Networks)
  const addressesOf = (service: string) => networksOf(service).map(([, { IPAddress }]) => IPAddress)

  test('every container is read-only, not root, without capabilities and without new privileges', () => {
    for (const service of services) {
      const { Config, HostConfig } = inspect(service)
      const { ReadonlyRootfs, Privileged, CapDrop, SecurityOpt } = HostConfig
      expect({ service, user: Config.User, ReadonlyRootfs, Privileged, CapDrop, SecurityOpt }).toEqual({
        service,
        user: '1000:1000',
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
      })
    }
  })

  test('every container has an end to its memory, without swap, and to its processes', () => {
    for (const service of services) {
      const { Memory, MemorySwap, PidsLimit } = inspect(service).HostConfig
      expect({ service, Memory, MemorySwap, PidsLimit }).toEqual({
        service,
        Memory: expect.any(Number),
        MemorySwap: Memory,
        PidsLimit: expect.any(Number),
      })
      expect(Memory / 1024 ** 2).toBeGreaterThanOrEqual(512)
      expect(Memory / 1024 ** 2).toBeLessThanOrEqual(1024)
      expect(PidsLimit).toBeLessThanOrEqual(256)
      expect(PidsLimit).toBeGreaterThan(0)
    }
  })

  test('who takes more memory than it may is ended, and the party beside it in the container goes on', () => {
    const before = inspect('attestation').State
    // The control: less than the limit is to be had.
    expect(inside('attestation', TAKE, '200')).toMatchObject({ status: 0, stdout: '200 MiB\n' })
    expect(inside('attestation', TAKE, '600')).toMatchObject({ status: 137, stdout: '' })
    expect(inspect('attestation').State).toMatchObject({ Running: true, Pid: before.Pid })
  }, 60_000)

  test('who starts processes without end gets no more than the limit, and leaves the others be', () => {
    const { PidsLimit } = inspect('attestation').HostConfig
    const { stdout } = inside('attestation', MULTIPLY, '200')
    expect(Number(stdout)).toBeGreaterThan(5)
    expect(Number(stdout)).toBeLessThan(PidsLimit)
    expect(knock('proxy', 8444, 'attestation')).toEqual(['attestation open'])
  }, 60_000)

  test('the client reaches the API only through the café', () => {
    const names = (service: string) => networksOf(service).map(([name]) => name)
    expect(names('client').filter((name) => names('proxy').includes(name))).toEqual([])
    const who = docker('exec', container('client'), 'getent', 'hosts', 'api.lab.test').split(/\s+/)[0]
    expect(addressesOf('attacker')).toContain(who)
  })

  test.each(['client', 'attacker'] as const)(
    'from inside the %s no control port but its own answers, at any address',
    (service) => {
      const doors = { client: 9443, attacker: 9444, certs: 9445 }
      for (const [other, port] of Object.entries(doors)) {
        if (other === service) continue
        // Its addresses are all that there is: no name leads anywhere else, and to ask for one takes ten seconds.
        const answers = knock(service, port, ...addressesOf(other))
        expect(answers.filter((answer) => answer.endsWith(' open'))).toEqual([])
      }
      // The control: its own is open on the lab's network, and on no other.
      const own = doors[service]
      expect(knock(service, own, `${service}.backstage`)).toEqual([`${service}.backstage open`])
      const open = knock(service, own, ...addressesOf(service)).filter((answer) => answer.endsWith(' open'))
      expect(open).toHaveLength(1)
    },
    60_000,
  )

  test.each([
    ['client', [['attestation.lab.test', 8444]]],
    [
      'attacker',
      [
        ['proxy', 8080],
        ['attestation', 8444],
      ],
    ],
  ] as const)(
    'from inside the %s neither the internet nor the machine that runs the lab answers',
    (service, there) => {
      // The control: whom it is to reach, it does.
      for (const [host, port] of there) expect(knock(service, port, host)).toEqual([`${host} open`])
      // Every address that it could take for a way out: the first of each network is the machine's own.
      const gateways = services.flatMap(addressesOf).map((own) => own.replace(/\d+$/, '1'))
      // Port 1: a machine that is there refuses at once, one that is not never answers.
      const answers = knock(service, 1, '1.1.1.1', ...new Set(gateways))
      expect(answers.filter((answer) => /open|ECONNREFUSED/.test(answer))).toEqual([])
      expect(answers).toHaveLength(1 + new Set(gateways).size)
      // The control: the proxy's own network has a way out, so the machine is there.
      const front = networksOf('proxy').find(([name]) => name.endsWith('_front'))?.[1].Gateway
      expect(knock('proxy', 1, front ?? '').join()).toMatch(/open|ECONNREFUSED/)
    },
    60_000,
  )

  test('from inside the client nobody answers but the attacker', () => {
    const others = services.filter((service) => !['client', 'attacker'].includes(service))
    for (const port of [8080, 8443, 8444]) {
      const answers = knock('client', port, ...others.flatMap(addressesOf))
      expect({ port, open: answers.filter((answer) => /open|ECONNREFUSED/.test(answer)) }).toEqual({ port, open: [] })
    }
  }, 60_000)
}

/** Knocks at one port of several hosts, and says of each whether anybody is there. */
const KNOCK = `
  const [port, ...hosts] = process.argv.slice(1)
  for (const host of hosts) {
    const socket = require('net').connect({ host, port, timeout: 1000 })
    const say = (how) => { socket.destroy(); console.log(host, how) }
    socket.on('connect', () => say('open')).on('timeout', () => say('silent')).on('error', (error) => say(error.code))
  }`

/** Takes so many MiB, and touches them. */
const TAKE = `
  const taken = Array.from({ length: Number(process.argv[1]) }, () => Buffer.alloc(1024 * 1024, 1))
  console.log(taken.length + ' MiB')`

/** Starts so many processes, or as many as there may be, and ends them. */
const MULTIPLY = `
  const { spawn } = require('child_process')
  const children = Array.from({ length: Number(process.argv[1]) }, () => spawn('sleep', ['60']).on('error', () => {}))
  console.log(children.filter(({ pid }) => pid).length)
  for (const child of children) child.kill('SIGKILL')`
