import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** A resolver for which every name leads to one address (or to whatever that name resolves to). */
export function leadingTo(address: string): LookupFunction {
  return (_name, how, callback) => systemLookup(address, how, callback)
}
