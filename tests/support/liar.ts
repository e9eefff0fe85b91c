import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import unpinned from '../../services/client/clients/unpinned.ts'

/** A client that promises a pin and checks none: the failing path of the judge must be seen to work. */
export const liar: Entry<Client> = {
  ...unpinned,
  id: 'liar',
  title: 'Says that it insists on a public key, and does not look.',
  checks: ['modern-tls', 'chain', 'validity', 'hostname', 'key-pin'],
}
