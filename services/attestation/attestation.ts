import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import { codeOf, LabError } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { createApp } from './app.ts'
import type { Registry } from './registry.ts'
import { keyOf, type TokenConfig } from './tokens.ts'

export interface AttestationConfig extends TokenConfig {
  readonly host?: string
  /** 0 or absent: a free one. */
  readonly port?: number
  /** PEM, leaf first. */
  readonly tls: { readonly chain: string; readonly key: string }
}

export interface AttestationDeps {
  readonly log: Log
  readonly now: () => Date
  readonly registered: Registry
  /** Where throw-away keys come from; the system's generator when absent. */
  readonly random?: (bytes: number) => Uint8Array
}

/** @throws LabError SECRET_UNUSABLE, CERTIFICATE_UNUSABLE, and those of kit/listen.ts */
export async function startAttestation(config: AttestationConfig, deps: AttestationDeps): Promise<Listening> {
  // Found out now, and not by the first app that asks.
  keyOf(config.secret)
  const app = createApp(config, { random: randomBytes, ...deps })
  const server = createTlsServer(config.tls)
  server.on('request', app.callback())
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  return await listen(server, {
    what: 'the attestation service',
    host: config.host ?? '127.0.0.1',
    port: config.port ?? 0,
    hint: 'set ATTESTATION_PORT to another port',
  })
}

function createTlsServer({ chain, key }: AttestationConfig['tls']): Server {
  try {
    return createServer({ cert: chain, key, minVersion: 'TLSv1.2' })
  } catch (error) {
    throw new LabError('CERTIFICATE_UNUSABLE', `the attestation service cannot use its certificate: ${codeOf(error)}`, {
      hint: 'make a new pair: npm run certs',
      cause: error,
    })
  }
}
