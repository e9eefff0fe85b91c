import { type Catalogue, type Entry, loadCatalogue, select } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import { HOSTS } from '#kit/names.ts'
import { type Client, clientComplaints, type Deployment } from './client.ts'

/** @throws LabError CATALOGUE_BROKEN */
export function loadClients(): Promise<Catalogue<Client>> {
  return loadCatalogue<Client>({
    folder: new URL('clients/', import.meta.url),
    noun: 'client',
    complaints: clientComplaints,
    order: (a, b) => pins(a) - pins(b) || (a.id < b.id ? -1 : 1),
  })
}

/** The most trusting come first. */
function pins(client: Client): number {
  return client.checks.filter((check) => check.endsWith('-pin')).length
}

/** The name under which each deployment is called. */
export const HOST_OF: Readonly<Record<Deployment, string>> = { 'ca-signed': HOSTS.api, 'self-signed': HOSTS.proxy }

/** @throws LabError UNKNOWN_ID with the nearest match */
export function clientCalled(id: string, clients: Catalogue<Client>): Entry<Client> {
  const [client, ...more] = select(clients, [id], 'client')
  if (client && more.length === 0) return client
  throw new LabError('UNKNOWN_ID', `'${id}' means more than one client`, { hint: 'name one; all ids: --list' })
}
