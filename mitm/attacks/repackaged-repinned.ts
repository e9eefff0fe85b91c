import { certificatesOf, leafOf, pinOfCertificate } from '#certs/credentials.ts'
import type { Forger } from '#certs/forger.ts'
import { HOSTS } from '#kit/names.ts'
import type { Attack } from '../attack.ts'
import { look, replay } from '../story.ts'

// The honest limit of any pin: whoever can change the app can change what it insists on. That it is not the makers' app any
// more shows in its measurement, and so its token opens nothing.
export default {
  title: 'The app was repackaged: it ships with the attacker’s certificate and pins in place of its makers’.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: [],
  present: shown,
  plants: async (host, forger) => {
    const { chain } = await shown(host, forger)
    const [key = '', ...authorities] = certificatesOf(chain).map(pinOfCertificate)
    // Who pins expects a backup: the key that signs.
    return { certificate: leafOf(chain), pins: [{ host, pins: [key, ...authorities], authorities }] }
  },
  genuine: 'enforces',
  story: [look('attacks'), replay('as-read')],
  control: 'none-enforced',
  remedy: 'Nothing in the app: the API must ask for an attestation that only the makers’ app can get.',
  references: ['OWASP MASTG-KNOW-0015', 'OWASP MASVS-RESILIENCE-2'],
} satisfies Attack

/** The self-signed deployment is known by its one certificate, the other by an authority, whose name a new one can have. */
async function shown(host: string, forger: Forger) {
  if (host === HOSTS.proxy) return forger.selfSigned(host)
  const [leaf = '', intermediate = leaf] = certificatesOf(await forger.genuineChain(host))
  const namesake = await forger.authority({ commonName: 'Namesake', subjectOf: intermediate, signedBy: 'trusted' })
  return forger.signedBy(namesake, host)
}
