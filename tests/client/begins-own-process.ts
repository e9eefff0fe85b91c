// Begins a process as the lab does, says its number, and waits to be ended.
import { loadClients } from '#client/catalogue.ts'
import { ownProcess } from '#client/own-process.ts'

const client = (await loadClients()).get('unpinned')
if (!client) throw new Error('there is no such client')
const own = ownProcess({})
const visit = own.openVisit(
  client,
  {
    origin: 'https://localhost:1',
    deviceAuthorities: [],
    shipped: { certificate: '', pins: [] },
    timeout: 5_000,
  },
  { attest: async () => undefined },
)
await visit.look()
process.stdout.write(`${own.pid()}\n`)
setInterval(() => {}, 1_000)
