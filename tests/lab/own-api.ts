import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, issue } from '#certs/authority.ts'
import { lasting, type Validity } from '#certs/certificate.ts'
import { type Credentials, pinOfCertificate } from '#certs/credentials.ts'
import { listen } from '#kit/listen.ts'
import { terminal } from '../support/terminal.ts'

export interface OwnApi extends AsyncDisposable {
  readonly at: string
  /** A file. */
  readonly ca: string
  /** As curl takes it. */
  readonly pin: string
  /** `GET /v1`, of all that has arrived. */
  readonly requests: readonly string[]
}

interface Plan {
  readonly names?: readonly string[]
  readonly validity?: Validity
  /** There is an authority between its root and the server, which is sent along. */
  readonly intermediate?: boolean
  readonly tls?: { readonly requestCert?: boolean }
}

/** A server that the lab knows nothing of, with an authority of its own. */
export async function ownApi(plan: Plan = {}) {
  const { names = ['localhost'], validity = lasting(new Date(), 30), tls = {}, intermediate = false } = plan
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'pinlab-target-')))
  const authority = await createAuthority({ name: 'Own Root', validity: lasting(new Date(), 30) })
  const between = { name: 'Own Intermediate', validity: lasting(new Date(), 30), signedBy: authority }
  const signedBy = intermediate ? await createAuthority(between) : authority
  const leaf: Credentials = await issue({ names, validity, signedBy })
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, authority.chain)
  const requests: string[] = []
  const server: Server = createServer(
    { key: leaf.key, cert: leaf.chain, ca: authority.chain, ...tls },
    (asked, answer) => {
      requests.push(`${asked.method} ${asked.url}`)
      answer.end('fine\n')
    },
  )
  server.on('tlsClientError', () => {})
  const { port } = opened.use(await listen(server, { what: 'an API of its own' }))
  const kept = opened.move()
  return {
    at: `localhost:${port}`,
    ...{ ca, requests, pin: pinOfCertificate(leaf.chain).replace('sha256/', 'sha256//') },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  } satisfies OwnApi
}

/** The program that is tried. */
export const CURL = ['curl', '-sS', '--max-time', '8']

export function screenFor(args: readonly string[]) {
  return terminal(args, { PATH: process.env.PATH ?? '' })
}
