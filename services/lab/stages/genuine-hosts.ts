import type { Material } from '#certs/material.ts'
import type { Deployment } from '#client/client.ts'
import type { Listening } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import type { Genuine } from '#mitm/attack.ts'
import { startFront } from './front.ts'
import { frontFor } from './genuine.ts'

export interface GenuineHosts {
  /** Where the genuine host is, set up like this: the proxy itself when nothing is asked for. */
  of(genuine: Genuine | undefined, deployment: Deployment): Promise<{ readonly host: string; readonly port: number }>
}

interface Means {
  readonly material: Material
  readonly proxy: Listening
  readonly now: () => Date
  readonly log: Log
}

/** Fronts are started when a play first asks for them, and stay until the stage closes. */
export function createGenuineHosts({ material, proxy, now, log }: Means, opened: AsyncDisposableStack): GenuineHosts {
  const upstream = { host: '127.0.0.1', port: proxy.port }
  const fronts = new Map<string, Promise<Listening>>()
  const start = async (genuine: Genuine, deployment: Deployment) => {
    const options = await frontFor(genuine, { material, deployment, now: now() })
    return startFront({ ...options, upstream }, { log })
  }
  opened.defer(async () => {
    for (const front of await Promise.allSettled(fronts.values())) {
      if (front.status === 'fulfilled') await front.value.close()
    }
  })
  return {
    of: async (genuine, deployment) => {
      if (genuine === undefined) return upstream
      const id = `${genuine} ${deployment}`
      const front = fronts.get(id) ?? start(genuine, deployment)
      fronts.set(id, front)
      const { host, port } = await front
      return { host, port }
    },
  }
}
