import { createAuthority, issue } from '#certs/authority.ts'
import { lasting } from '#certs/certificate.ts'
import { type Credentials, pinOfCertificate } from '#certs/credentials.ts'
import type { Situation } from '#client/client.ts'
import { HOSTS } from '#kit/names.ts'
import { type Api, startApi } from '../world.ts'

/** Two servers of one name: one whose authority the device trusts, and a stranger's. */
export interface Trial extends AsyncDisposable {
  readonly trusted: Api
  readonly stranger: Api
  /** Of a program that is led to one of them. */
  situation(whose: 'trusted' | 'stranger'): Situation
}

export async function trial(): Promise<Trial> {
  const validity = lasting(new Date(), 30)
  const issued = async (name: string) => {
    const signedBy = await createAuthority({ name, validity })
    return { signedBy, leaf: await issue({ names: ['localhost', HOSTS.api], validity, signedBy }) }
  }
  const [ours, theirs] = await Promise.all([issued('Lab Root'), issued('Wayside Root')])
  await using opened = new AsyncDisposableStack()
  const [trusted, stranger] = [await startApi(ours.leaf), await startApi(theirs.leaf)]
  opened.use(trusted)
  opened.use(stranger)
  const servers = { trusted, stranger }
  const kept = opened.move()
  return {
    ...servers,
    situation: (whose) => ({
      origin: `https://localhost:${servers[whose].port}`,
      deviceAuthorities: [ours.signedBy.chain],
      shipped: shippedWith(ours.leaf, theirs.leaf),
      timeout: 60_000,
    }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** @param backup whose key is pinned beside the current one */
function shippedWith(current: Credentials, backup: Credentials): Situation['shipped'] {
  const pins = [current, backup].map(({ chain }) => pinOfCertificate(chain))
  return { certificate: current.chain, pins: [{ host: 'localhost', pins }] }
}
