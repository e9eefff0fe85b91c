import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** A resolver for which every name leads to one address (or to whatever that name resolves to). */
export function leadingTo(address: string): LookupFunction {
  return (_name, how, callback) => systemLookup(address, how, callback)
}

/** Where a resolver leads for a host: an address travels, and a function does not. Undefined when there is no resolver. */
export function addressFor(lookup: LookupFunction | undefined, host: string): Promise<string | undefined> {
  if (!lookup) return Promise.resolve(undefined)
  return new Promise((found, failed) => {
    lookup(host, { all: false }, (error, address) => (error ? failed(error) : found(String(address))))
  })
}
