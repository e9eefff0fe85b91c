// A process of its own, for mistakes that live in the environment or in process-wide handlers.
// argv: which client, and what it is to ask; stdout: what it says.
import { get, type request } from 'node:https'
import { createPinnedAgent, pinnedGot } from '#pin/index.ts'

interface Order {
  readonly client: string
  readonly url: string
  readonly pin: string
  /** Absent: whatever this Node trusts. */
  readonly ca?: string[]
}

const order: Order = JSON.parse(process.argv[2] ?? '{}')
const { hostname } = new URL(order.url)
const trust = order.ca ? { ca: order.ca } : {}
const headers = { 'x-token': 'token-that-must-not-leak' }
const policy = { pins: [{ host: hostname, pins: [order.pin] }], allowSinglePin: true, ...trust }

const viaNode = (options: Parameters<typeof request>[1]) =>
  new Promise<string>((resolve) => {
    get(order.url, { headers, ...trust, ...options }, (response) =>
      response.resume().on('end', () => resolve('200')),
    ).on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message))
  })

const clients: Record<string, () => Promise<string>> = {
  // No agent and no say about rejectUnauthorized: the environment has it.
  plain: () => viaNode({}),
  pinned: () => viaNode({ checkServerIdentity: () => new Error('pin') }),
  // With a handler like this, as test runners and servers have, a throw in the check is no refusal.
  throwing: () => {
    process.on('uncaughtException', () => {})
    return viaNode({
      checkServerIdentity: () => {
        throw new Error('pin')
      },
    })
  },
  // fetch has no agent: the pins given to it are not read by anybody.
  fetch: async () => {
    const options = { headers, agent: createPinnedAgent(policy) }
    return String((await fetch(order.url, options)).status)
  },
  // Switched off when the client is there already: too late to be refused, and too late to count.
  late: async () => {
    const { got } = pinnedGot({ ...policy, timeout: 3_000 })
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    return String((await got(order.url, { headers })).statusCode)
  },
  ours: async () => String((await pinnedGot({ ...policy, timeout: 3_000 }).got(order.url, { headers })).statusCode),
}

// A throw in Node's check leaves the request hanging on some paths: what the server has seen counts.
const hung = setTimeout(() => process.exit(0), 3_000)
try {
  process.stdout.write(String(await clients[order.client]?.()))
} catch (error) {
  process.stdout.write(error instanceof Error && 'code' in error ? String(error.code) : String(error))
}
clearTimeout(hung)
process.exit(0)
