import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry, type Registry } from '#attestation/registry.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { type Log, silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { Secret } from '#kit/secret.ts'

export const GENUINE = 'a'.repeat(64)
export const TAMPERED = 'b'.repeat(64)

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readonly<Record<string, unknown>>
}

interface Options {
  readonly registered?: Registry
  readonly tokenLife?: number
  readonly now?: () => Date
  readonly log?: Log
}

/** The service on a free port with fresh certificates, and a caller that verifies them. */
export async function withService(options: Options = {}) {
  const material = await createMaterial({ now: new Date() })
  const { registered = memoryRegistry([GENUINE]), tokenLife = 300_000, now = () => new Date() } = options
  const service = await startAttestation(
    { tls: material.attestation, secret: new Secret(material.attestationSecret), tokenLife },
    { log: options.log ?? silentLog(), now, registered },
  )
  const agent = new Agent({ ca: material.root.chain, servername: HOSTS.attestation })
  const send = (method: string, path: string, body?: string) => ask({ agent, port: service.port, method, path }, body)
  return {
    material,
    port: service.port,
    send,
    attest: (measurement: unknown) => send('POST', '/attest', JSON.stringify({ measurement })),
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await service.close()
    },
  }
}

export function secretOf(material: Material): Uint8Array {
  return new TextEncoder().encode(material.attestationSecret)
}

function ask(how: { agent: Agent; port: number; method: string; path: string }, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', ...how }, async (response) => {
      const { statusCode: status = 0, headers } = response
      const answer = await text(response)
      resolve({ status, headers, body: answer === '' ? {} : JSON.parse(answer) })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
