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
    const authorities = certificatesOf(chain).slice(1).map(pinOfCertificate)
    // Two pins, as whoever pins expects them: its own key, and for a backup the key that it signs with.
    const pins = [pinOfCertificate(chain), ...authorities]
    return { certificate: leafOf(chain), pins: [{ host, pins, authorities }] }
  },
  genuine: 'enforces',
  story: [look('attacks'), replay('as-read')],
  control: 'none-enforced',
  remedy: 'Nothing in the app: the API must ask for an attestation that only the makers’ app can get.',
  references: ['OWASP MASTG-KNOW-0015', 'https://approov.io/docs/latest/approov-usage-documentation/'],
} satisfies Attack

/** The self-signed deployment is trusted for one certificate, the other for whoever signed it. */
function shown(host: string, forger: Forger) {
  return host === HOSTS.proxy ? forger.selfSigned(host) : forger.signedBy('trusted', host)
}
