import type { Deployment } from '#client/client.ts'
import type { Listening } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import type { Genuine } from '#mitm/attack.ts'
import { startFront } from './front.ts'
import { frontFor, type GenuineSetup, type Owner } from './genuine.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export interface GenuineHosts {
  /** Where the genuine host is, set up like this: the proxy itself when nothing is asked for. */
  of(genuine: Genuine | undefined, deployment: Deployment, api?: Api): Promise<Address>
}

interface Api {
  /** It turns away what cannot attest itself, however its host is set up. */
  readonly enforces?: boolean
}

interface Means {
  readonly owner: (deployment: Deployment) => Owner | Promise<Owner>
  /** Where the API proxy is. */
  readonly proxy: Address
  /** Where one is that turns away what cannot attest itself. */
  readonly enforcing: () => Promise<Address>
  /** Address on which fronts listen, for the attacker to reach; loopback when absent. */
  readonly listenHost?: () => Promise<string>
  readonly log: Log
}

/** Fronts are started when a play first asks for them, and stay until the stage closes. */
export function createGenuineHosts(means: Means, opened: AsyncDisposableStack): GenuineHosts {
  const { owner, enforcing, listenHost, log } = means
  const usual = addressOf(means.proxy)
  const fronts = new Map<string, Promise<Listening>>()
  const start = async (genuine: GenuineSetup, deployment: Deployment, upstream: Address) => {
    const options = await frontFor(genuine, await owner(deployment))
    return startFront({ ...options, upstream, ...(listenHost && { listenHost: await listenHost() }) }, { log })
  }
  opened.defer(async () => {
    for (const front of await Promise.allSettled(fronts.values())) {
      if (front.status === 'fulfilled') await front.value.close()
    }
  })
  return {
    of: async (genuine, deployment, { enforces = genuine === 'enforces' } = {}) => {
      const api = enforces ? addressOf(await enforcing()) : usual
      if (genuine === undefined || genuine === 'enforces') return api
      const id = `${genuine} ${deployment} ${enforces}`
      const front = fronts.get(id) ?? start(genuine, deployment, api)
      fronts.set(id, front)
      return addressOf(await front)
    },
  }
}

// A play's order travels, and a listening server does not.
const addressOf = ({ host, port }: Address) => ({ host, port })
