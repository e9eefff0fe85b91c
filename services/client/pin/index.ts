/**
 * Certificate and public-key pinning for Node: OkHttp's rules, on an agent that nothing else uses.
 *
 * `pinnedGot` and `certificatePinnedGot` are got instances, `createPinnedAgent` and `createCertificatePinnedAgent` the
 * https.Agents below them, `pinnedFetch` is undici's fetch, `pinnedConnect` gives sockets to HTTP/2, `evaluate` is the
 * decision alone. docs/pinning.md has the rules, the codes and the limits.
 */
export {
  type CertificatePinnedAgentOptions,
  createCertificatePinnedAgent,
  createPinnedAgent,
  type PinnedAgent,
  type PinnedAgentOptions,
} from './agent.ts'
export { type PinnedConnect, pinnedConnect } from './connect.ts'
export { PinError, type PinErrorCode, PinMismatchError, type Pinned, type Seen } from './errors.ts'
export { type Evidence, evaluate, type Verdict } from './evaluate.ts'
export { type PinnedFetch, type PinnedFetchOptions, pinnedFetch } from './fetch.ts'
export { certificatePinnedGot, type PinnedGot, pinnedGot } from './got.ts'
export { canonicalHost } from './host.ts'
export { type HostPattern, matchesHost, parsePattern } from './host-pattern.ts'
export { type Pin, parsePin } from './pin.ts'
export { createPolicy, type PinnedHost, type Policy, type PolicyOptions, pinsFor } from './policy.ts'
export { pinOf, pinOfKey } from './spki.ts'
