// The proxy as it is, in a process that says how it does: memory after a collection, open handles, how late the loop is.
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createLog } from '#kit/log.ts'
import { proxyConfig } from '#proxy/config.ts'
import { startProxy } from '#proxy/proxy.ts'

/** What it says when asked. */
export interface Sample {
  /** MiB */
  readonly heap: number
  readonly held: number
  readonly rss: number
  readonly handles: number
  /** ms, the 99th of 100, since it was last asked */
  readonly late: number
  /** Lines of level `error` in its log, since it began. */
  readonly errors: number
}

/** And what it says besides. */
export interface Report extends Sample {
  /** Connections of clients, whatever has been said on them. */
  readonly clients: number
}

/** The second is answered at once, without a collection before. */
export type Question = 'how are you?' | 'who is there?'

export type Told = { readonly port: number } | Report

const MIB = 1024 * 1024
const now = () => new Date()
let errors = 0
const destination = {
  write: (line: string) => {
    if (line.includes('"level":"error"')) errors += 1
  },
}
let clients = 0
// It sees what has no TLS yet too.
subscribe('net.server.socket', (message) => {
  clients += 1
  const { socket } = message as { socket: Socket }
  socket.once('close', () => {
    clients -= 1
  })
})
const config = await proxyConfig(process.env, now())
const proxy = await startProxy(config, { log: createLog({ name: 'proxy', destination }), now })
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
process.on('message', (question: Question) => {
  if (question === 'how are you?') globalThis.gc?.()
  const { heapUsed, heapTotal, rss } = process.memoryUsage()
  const handles = process.getActiveResourcesInfo().length
  // The resolution is part of what it measures.
  const late = Math.max(0, delay.percentile(99) / 1e6 - 5)
  delay.reset()
  process.send?.({
    heap: heapUsed / MIB,
    held: heapTotal / MIB,
    rss: rss / MIB,
    handles,
    late,
    errors,
    clients,
  } satisfies Told)
})
process.on('SIGTERM', async () => {
  await proxy.close(config.graceMs)
  process.exit(0)
})
process.send?.({ port: proxy.port } satisfies Told)
