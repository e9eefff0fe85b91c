import { clientCalled, loadClients } from '../catalogue.ts'
import { leadingTo } from '../lookup.ts'
import { failureOf } from '../refusal.ts'
import { openVisit, type Visit } from '../run.ts'
import { holdStrays } from '../strays.ts'
import type { Beginning, Question, Reply } from './messages.ts'

/*
 * Begun by own-process.ts with the environment that its clients are to live in: visits here what it is told to visit. It
 * ends with whoever began it.
 */

process.on('disconnect', () => process.exit())

// What has strayed is in the report of the visit that it ended.
using _ = holdStrays(process, () => {})

interface Open {
  readonly visit: Promise<Visit>
  /** What the lab has obtained for the step under way. */
  token: string | undefined
}

const clients = loadClients()
// Whoever asks for one is told.
clients.catch(() => {})
const visits = new Map<number, Open>()

process.on('message', async (message: Beginning | Question) => {
  if ('situation' in message) {
    visits.set(message.visit, begin(message))
    return
  }
  const { question } = message
  const report = await answer(message).catch((error: unknown) => ({ ...failureOf(error), ms: 0 }))
  process.send?.({ question, ...(report && { report }) } satisfies Reply)
})

function begin({ client, situation, address }: Beginning): Open {
  const open: Open = {
    token: undefined,
    visit: clients.then((all) =>
      openVisit(
        clientCalled(client, all),
        { ...situation, ...(address !== undefined && { lookup: leadingTo(address) }) },
        { attest: async () => open.token },
      ),
    ),
  }
  open.visit.catch(() => {})
  return open
}

async function answer(asked: Question) {
  const open = visits.get(asked.visit)
  if (!open) throw new Error('the visit is over')
  open.token = asked.token
  const visit = await open.visit
  if (asked.act === 'look') return visit.look()
  if (asked.act === 'glance') return visit.glance(asked.address)
  if (asked.act === 'renew-pins') return visit.renewPins(asked.pins)
  visits.delete(asked.visit)
  await visit.close()
  return undefined
}
