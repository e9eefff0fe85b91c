import { Agent } from 'node:https'
import got from 'got'
import * as v from 'valibot'
import { codeOf, LabError } from '#kit/error.ts'
import { HOSTS } from '#kit/names.ts'
import { createInstallationKey, type ProvenRequest } from './installation-key.ts'
import { leadingTo } from './lookup.ts'

export interface AttestOptions {
  /** Where attestation.lab.test is to be found. */
  readonly address: { readonly host: string; readonly port: number }
  /** PEM. The authorities that the app was shipped with for this, not those of the device. */
  readonly authorities: readonly string[]
  /** What the app measured of itself: see app.ts. */
  readonly measurement: string
  readonly now: () => Date
  /** ms */
  readonly timeout?: number
  /** The token is bound to a key of this installation, and each request needs a proof; not when absent. */
  readonly bound?: boolean
}

export interface Attested {
  /** One that is good for a while yet. @throws LabError ATTESTATION_UNREACHABLE, ATTESTATION_REFUSED */
  token(): Promise<string>
  /** Where the token is bound: what must go with it in one request, and in no other. */
  prove?(request: ProvenRequest): Promise<string>
  close(): void
}

interface Held {
  readonly token: string
  /** ms since 1970 */
  readonly until: number
}

/** The client's side of attestation. Asks over a connection of its own, once for all who wait, and keeps the token while it lives. */
export function createAttested(options: AttestOptions): Attested {
  const { address, authorities, now } = options
  const agent = new Agent({
    ca: [...authorities],
    rejectUnauthorized: true,
    maxCachedSessions: 0,
    lookup: leadingTo(address.host),
  })
  const key = options.bound ? createInstallationKey(now) : undefined
  let held: Held | undefined
  let asking: Promise<Held> | undefined
  return {
    async token() {
      if (held && now().getTime() < held.until) return held.token
      asking ??= ask(options, agent, key?.thumbprint).finally(() => {
        asking = undefined
      })
      held = await asking
      return held.token
    },
    ...(key && { prove: key.prove }),
    close: () => agent.destroy(),
  }
}

const Answer = v.object({ token: v.string(), expiresAt: v.pipe(v.string(), v.isoTimestamp()) })

async function ask(options: AttestOptions, agent: Agent, thumbprint: Promise<string> | undefined): Promise<Held> {
  const { address, measurement, now, timeout = 5_000 } = options
  const asked = now().getTime()
  const binding = await thumbprint
  const url = `https://${HOSTS.attestation}:${address.port}/attest`
  const body = await post(url, { measurement, ...(binding !== undefined && { binding }) }, { agent, timeout })
  const parsed = v.safeParse(Answer, body)
  if (!parsed.success) {
    throw new LabError('ATTESTATION_REFUSED', 'the attestation service gave no token', {
      kind: 'failure',
      details: [JSON.stringify(body).slice(0, 200)],
    })
  }
  const expires = Date.parse(parsed.output.expiresAt)
  // A token must outlive the request that carries it: the last tenth of its life is not used, and at most ten seconds.
  return { token: parsed.output.token, until: expires - Math.min(10_000, (expires - asked) / 10) }
}

async function post(url: string, json: unknown, how: { agent: Agent; timeout: number }): Promise<unknown> {
  try {
    const answer = await got.post(url, {
      json,
      agent: { https: how.agent },
      timeout: { request: how.timeout },
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
    })
    return JSON.parse(answer.body)
  } catch (error) {
    throw new LabError('ATTESTATION_UNREACHABLE', `no usable answer from ${url}: ${codeOf(error) ?? String(error)}`, {
      kind: 'failure',
      hint: 'start it: npm run attestation; its certificate must come from the authority that the client was shipped with',
      cause: error,
    })
  }
}
