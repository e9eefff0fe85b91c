import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { LabError } from '#kit/error.ts'
import type { Address } from './relay.ts'

/** Where an attacker may go with what it has read. Its own machine always. */
export interface Reach {
  /** @throws LabError UPSTREAM_FORBIDDEN */
  assert(upstream: Address): Promise<void>
}

/** In place of a name: whoever is on a network that this machine, or container, is on itself. */
export const NEIGHBOURS = 'neighbours'

type Range = ReturnType<typeof ipaddr.parseCIDR>

const LOOPBACK = ['127.0.0.0/8', '::1/128'].map((range) => ipaddr.parseCIDR(range))

/**
 * An attacker is a tool that sends on what it was sent: it must not become a way to somebody who has no part in this.
 * @param names hosts, as an order spells them, or `neighbours`
 */
export function createReach(names: readonly string[]): Reach {
  const hosts = new Set(names.map((name) => name.toLowerCase()))
  // Asked each time: a network can be joined later.
  const ranges = (): Range[] => (hosts.has(NEIGHBOURS) ? [...LOOPBACK, ...ownNetworks()] : LOOPBACK)
  return {
    assert: async ({ host, port }) => {
      if (hosts.has(host.toLowerCase())) return
      const addresses = ipaddr.isValid(host) ? [host] : await addressesOf(host)
      const within = ranges()
      if (addresses.length > 0 && addresses.every((address) => isWithin(address, within))) return
      throw forbidden(host, port, names)
    },
  }
}

function isWithin(address: string, ranges: readonly Range[]): boolean {
  const parsed = ipaddr.process(address)
  return ranges.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits))
}

function ownNetworks(): Range[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses)
  return found.flatMap(({ cidr }) => (cidr ? [ipaddr.parseCIDR(cidr)] : []))
}

async function addressesOf(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

function forbidden(host: string, port: number, names: readonly string[]): LabError {
  const allowed = ['this machine', ...names].join(', ')
  return new LabError('UPSTREAM_FORBIDDEN', `the attacker may not go to ${host}:${port}, only to ${allowed}`, {
    hint: `if that host is yours: ATTACKER_REACHES=${[...names, host].join(',')}`,
  })
}
