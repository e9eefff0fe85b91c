import { trustAsText } from '#kit/measure.ts'
import { measureClient } from './app.ts'
import { type Attested, createAttested } from './attest.ts'
import type { Shipped } from './client.ts'
import type { ClientSettings } from './config.ts'
import { readAuthorities } from './shipped.ts'

export interface RunningApp {
  readonly measurement: string
  readonly attested: Attested
}

/** An app is attested by what it is: as shipped it is one app, repackaged it is another. */
export interface Apps {
  /** Measures the app when it starts, and once only. */
  running(shipped: Shipped): Promise<RunningApp>
  close(): Promise<void>
}

export function createApps({ attestation }: Pick<ClientSettings, 'attestation'>, now: () => Date): Apps {
  return appsAttestedBy(async (measurement) => {
    const authorities = await readAuthorities(attestation.authorities)
    return createAttested({ address: attestation.address, authorities, measurement, now, bound: attestation.bound })
  })
}

/** @param attest for an app that has this measurement */
export function appsAttestedBy(attest: (measurement: string) => Attested | Promise<Attested>): Apps {
  const apps = new Map<string, Promise<RunningApp>>()
  const start = async (shipped: Shipped): Promise<RunningApp> => {
    const measurement = await measureClient(shipped)
    return { measurement, attested: await attest(measurement) }
  }
  return {
    running(shipped) {
      const key = trustAsText(shipped)
      const app = apps.get(key) ?? start(shipped)
      apps.set(key, app)
      // What could not start is started anew when it is asked for again.
      app.catch(() => apps.delete(key))
      return app
    },
    async close() {
      for (const app of await Promise.allSettled(apps.values())) {
        if (app.status === 'fulfilled') app.value.attested.close()
      }
    },
  }
}
