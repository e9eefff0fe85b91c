import { openInThread } from '#client/thread.ts'

const situation = {
  origin: 'https://api.test',
  deviceAuthorities: [],
  shipped: { certificate: '', pins: [] },
  timeout: 60_000,
}
const one = await openInThread(new URL('./odd.ts', import.meta.url).href, situation)
process.stdout.write(`${(await one.get('/warn', {})).body}`)
// A question that is never answered ends with its visit.
one.get('/hang', {}).catch((error: Error) => process.stdout.write(`, ${error.message}`))
await one.close()
