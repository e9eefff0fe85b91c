import { SignJWT } from 'jose'
import { createMaterial, type Material } from '#certs/material.ts'
import { KEY_CHOICES, renew } from '#certs/rotation.ts'
import { HOSTS } from '#kit/names.ts'
import { proxyFolder } from '../proxy/files.ts'
import { forkProxy, type ProxyChild } from './proxy-child.ts'
import { createLedger, type Ledger } from './shown-ledger.ts'
import { type Counts, createLoad, type Load } from './swap-load.ts'
import { startUpstream } from './upstream.ts'

export interface Swaps {
  /** At least so many: there is load until the last renewal is seen. */
  readonly requests: number
  readonly renewals: number
  readonly visitors: number
  readonly seed: number
  readonly signal?: AbortSignal
  /** Called when a renewed certificate has been shown to new connections. */
  readonly onShown?: (nth: number, asked: number, proxy: ProxyChild) => void
}

export interface Swapped extends Counts {
  /** Those that were shown to new connections. */
  readonly renewals: number
  /** Whether all were, and each name is shown its newest certificate in the end. */
  readonly newest: boolean
}

/** Who asks without a name is shown what the server itself holds, which is renewed last: so that comes first. */
const NAMES = { 'self-signed': ['', 'localhost'], 'ca-signed': [HOSTS.api] } as const

/** Requests without a pause while certificates are renewed on the disk: does one of them fail, or meet what is past? */
export async function swapUnderLoad(swaps: Swaps): Promise<Swapped> {
  await using opened = new AsyncDisposableStack()
  const material = await createMaterial({ now: new Date() })
  const files = opened.use(await proxyFolder(material))
  const upstream = opened.use(await startUpstream(material.nasa))
  const proxy = opened.use(
    await forkProxy({
      ...files.settings,
      ...{ PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`, PROXY_ENFORCE_ATTESTATION: 'on' },
    }),
  )
  const [token, ledger] = [await tokenFor(material), ledgerOf(material)]
  const load = opened.use(createLoad({ ...swaps, port: proxy.port, token, ledger }))
  const { counts } = load
  let renewing = true
  const runs = () => !swaps.signal?.aborted && proxy.ended() === undefined
  const visiting = Array.from({ length: swaps.visitors }, async () => {
    while (runs() && (renewing || counts.asked < swaps.requests)) await load.ask()
  })
  const renewals = await renewMeanwhile(swaps, material, { files, proxy, load, ledger, runs })
  renewing = false
  await Promise.all(visiting)
  if (proxy.ended() !== undefined) counts.wrong.push(`the proxy ended with ${proxy.ended()}`)
  const newest = renewals === swaps.renewals && (await showNewest(load, ledger.names))
  return { ...counts, renewals, newest }
}

interface Stage {
  readonly files: Awaited<ReturnType<typeof proxyFolder>>
  readonly proxy: ProxyChild
  readonly load: Load
  readonly ledger: Ledger
  readonly runs: () => boolean
}

/** Evenly over the requests, each when the one before has been shown. @returns how many were */
async function renewMeanwhile(swaps: Swaps, material: Material, stage: Stage): Promise<number> {
  const { files, proxy, load, ledger, runs } = stage
  let current = material
  for (let nth = 0; nth < swaps.renewals; nth++) {
    const due = ((nth + 1) * swaps.requests) / (swaps.renewals + 1)
    while (runs() && load.counts.asked < due) await load.ask()
    const deployment = nth % 2 === 0 ? 'self-signed' : 'ca-signed'
    const key = KEY_CHOICES[Math.floor(nth / 2) % KEY_CHOICES.length] ?? 'same'
    current = await renew(current, { deployment, key, now: new Date() })
    const pair = deployment === 'self-signed' ? current.proxySelfSigned : current.proxyCaSigned
    ledger.issued(NAMES[deployment], pair.chain)
    await files.writePair(deployment === 'self-signed' ? '' : 'api-', pair)
    while (runs() && !(await showNewest(load, NAMES[deployment])));
    if (!runs()) return nth
    ledger.insist(NAMES[deployment])
    swaps.onShown?.(nth + 1, load.counts.asked, proxy)
  }
  return swaps.renewals
}

async function showNewest(load: Load, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (!(await load.showsNewest(name))) return false
  return true
}

function ledgerOf({ proxySelfSigned, proxyCaSigned }: Material): Ledger {
  const first = { 'self-signed': proxySelfSigned.chain, 'ca-signed': proxyCaSigned.chain }
  return createLedger(
    Object.fromEntries(
      (['self-signed', 'ca-signed'] as const).flatMap((one) => NAMES[one].map((name) => [name, first[one]])),
    ),
  )
}

function tokenFor({ attestationSecret }: Material): Promise<string> {
  const secret = new TextEncoder().encode(attestationSecret)
  return new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('9h').sign(secret)
}
