import { randomBytes } from 'node:crypto'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import type { Material } from '#certs/material.ts'
import { type Apps, appsAttestedBy } from '#client/apps.ts'
import { createAttested } from '#client/attest.ts'
import type { Listening } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { NASA_LIMITS, startNasa } from '#nasa/nasa.ts'
import { startProxy } from '#proxy/proxy.ts'

export interface HonestParties {
  readonly proxy: Listening
  /** A second one over the same material, which turns away whatever cannot attest itself. Started when first asked for. */
  readonly enforcing: () => Promise<Listening>
  readonly apps: Apps
}

interface Options {
  readonly now: () => Date
  readonly log: Log
  /** Whether the first proxy enforces too. */
  readonly enforce?: boolean
  /** Tokens are bound to a key of the app's installation, and count only with a proof by it. */
  readonly bound?: boolean
  /** There is only this deployment; both when absent, and the self-signed one for whoever names no server. */
  readonly only?: 'ca-signed'
}

// A battery asks more often in a minute than NASA answers in an hour, and an error page is an answer like another.
const UNHURRIED = { ...NASA_LIMITS, hourly: 1_000_000 }
const LOOPBACK = { host: '127.0.0.1', port: 0 }

/** Everybody but client and attacker, until the stack is disposed of. */
export async function honestParties(
  material: Material,
  { now, log, enforce = false, bound = false, only }: Options,
  opened: AsyncDisposableStack,
): Promise<HonestParties> {
  const deps = { log, now }
  const nasaKey = randomBytes(20).toString('hex')
  const secret = new Secret(material.attestationSecret)
  const registered = memoryRegistry()
  const [nasa, attestation] = await Promise.all([
    startNasa({ ...LOOPBACK, tls: material.nasa, apiKeys: [nasaKey], limits: UNHURRIED }, deps),
    startAttestation({ ...LOOPBACK, tls: material.attestation, secret, tokenLife: 300_000 }, { ...deps, registered }),
  ])
  opened.use(nasa)
  opened.use(attestation)
  const proxyThat = (enforces: boolean) =>
    startProxy(
      {
        ...LOOPBACK,
        identities: {
          // What stands here is shown to whoever names no server.
          selfSigned: { kind: 'given', ...(only ? material.proxyCaSigned : material.proxySelfSigned) },
          caSigned: { kind: 'given', ...material.proxyCaSigned },
        },
        upstream: { kind: 'standin', address: { host: nasa.host, port: nasa.port }, authorities: material.root.chain },
        nasaKey: new Secret(nasaKey),
        attestation: { secret, enforce: enforces, binding: bound },
      },
      deps,
    )
  const proxy = opened.use(await proxyThat(enforce))
  const enforcing = lazily(() => proxyThat(true), opened)
  const authorities = [material.root.chain]
  const apps = appsAttestedBy((measurement) =>
    createAttested({ address: attestation, authorities, measurement, now, bound }),
  )
  opened.defer(() => apps.close())
  registered.add((await apps.running(material.shipped)).measurement)
  return { proxy, enforcing, apps }
}

function lazily(start: () => Promise<Listening>, opened: AsyncDisposableStack): () => Promise<Listening> {
  let started: Promise<Listening> | undefined
  opened.defer(async () => {
    const [settled] = await Promise.allSettled([started])
    if (settled.status === 'fulfilled') await settled.value?.close()
  })
  return () => {
    started ??= start()
    return started
  }
}
