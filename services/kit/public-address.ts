import { lookup } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { LabError } from './error.ts'

/**
 * The address by which the whole internet could come to what listens on that host: its own, one that its name has, or one of
 * this machine's when it listens on all of them. Reachable or not, for what stands in front of a machine can change.
 * @returns undefined when it has none; a name that is unknown is for the listening itself to complain of
 */
export async function publicAddressOf(
  host: string,
  ofMachine: readonly string[] = addressesOfMachine(),
): Promise<string | undefined> {
  const bare = host.replace(/^\[|\]$/g, '')
  const addresses = ipaddr.isValid(bare) ? [bare] : (await lookup(bare, { all: true }).catch(() => [])).map(addressOf)
  return addresses.flatMap((address) => listeningOn(address, ofMachine)).find(isPublic)
}

/**
 * @param what who would listen there, in words
 * @throws LabError ADDRESS_IS_PUBLIC
 */
export async function assertNotPublic(
  host: string,
  { what, hint }: { readonly what: string; readonly hint: string },
  ofMachine?: readonly string[],
): Promise<void> {
  const address = await publicAddressOf(host, ofMachine)
  if (address === undefined) return
  const by = address === host ? 'which is' : `and ${address} is`
  throw new LabError('ADDRESS_IS_PUBLIC', `${what} would listen on ${host}, ${by} an address of the internet's`, {
    hint,
  })
}

/** 0.0.0.0 is all of a machine's IPv4 addresses; `::` takes both kinds. */
function listeningOn(address: string, ofMachine: readonly string[]): readonly string[] {
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unspecified') return [address]
  return parsed.kind() === 'ipv6' ? ofMachine : ofMachine.filter((own) => ipaddr.IPv4.isValid(own))
}

/** Handed out to one holder in the whole internet: the IANA's special-purpose registries (RFC 6890) name all others. */
function isPublic(address: string): boolean {
  return ipaddr.process(withoutZone(address)).range() === 'unicast'
}

function addressesOfMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((found = []) => found.map(addressOf))
}

function addressOf({ address }: { readonly address: string }): string {
  return address
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '')
}
