// How soon a browser shows the dashboard, beside an empty page in the same browser: first contentful paint and bytes over
// the wire, with a first look at the matrix and then with all of it. Takes minutes; needs a Chromium.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { type Browser, chromium } from 'playwright-core'
import { silentLog } from '#kit/log.ts'
import { startDashboard } from '#lab/dashboard/dashboard.ts'
import { firstLook, loadCatalogues } from '#lab/experiment.ts'
import { frugalFromTheStart } from '#lab/frugal.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { CHROMIUMS } from '../tests/support/chromium.ts'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns } from './support/turns.ts'

const BENCH = 'dashboard'
const VIEWS = 15
const NOTHING_NAMED = { attack: [], client: [] }
const SCENE = '/?client=unpinned&attack=trusted-authority'

frugalFromTheStart()
const executablePath = CHROMIUMS.find((path) => existsSync(path))
if (executablePath === undefined) {
  process.stdout.write(`  left out: there is no Chromium at ${CHROMIUMS.join(', ')} (CHROMIUM can name one)\n`)
  process.exit(0)
}
const now = () => new Date()
const catalogues = await loadCatalogues()
await using stage = await embeddedStage({ clients: catalogues.clients, now })
await using dashboard = await startDashboard({
  ...{ stage, catalogues, versions: {}, jobs: 4 * availableParallelism(), now, log: silentLog(), port: 0 },
})
const empty = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>empty</title><p>empty')
}).listen(0, '127.0.0.1')
await once(empty, 'listening')
const { port: emptyPort } = empty.address() as AddressInfo
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  await dashboard.theatre.runAll(firstLook(catalogues, NOTHING_NAMED))
  await compare('a first look')
  await dashboard.theatre.runAll(NOTHING_NAMED)
  await compare('all of the matrix')
} finally {
  await browser.close()
  empty.close()
}
const highest = process.resourceUsage().maxRSS / 1024
figure({ bench: BENCH, what: 'memory of the lab at its highest', value: highest, unit: 'MiB' })

async function compare(what: string): Promise<void> {
  const addresses = [`http://127.0.0.1:${emptyPort}/`, `http://127.0.0.1:${dashboard.port}${SCENE}`]
  const [blank = [], page = []] = await inTurns(addresses, VIEWS, (address) => look(browser, address))
  const [peer, ours] = [blank.map(({ paint }) => paint), page.map(({ paint }) => paint)]
  const kibibytes = median(page.map(({ bytes }) => bytes)) / 1024
  figure({ bench: BENCH, what: `${what}: first paint`, value: median(ours), unit: 'ms' })
  figure({ bench: BENCH, what: `${what}: first paint of an empty page`, value: median(peer), unit: 'ms' })
  figure({ bench: BENCH, what: `${what}: beside an empty page`, value: ratioOf(ours, peer), unit: TIMES })
  figure({ bench: BENCH, what: `${what}: over the wire`, value: kibibytes, unit: 'KiB' })
}

interface View {
  /** ms from the address being asked for to something being seen */
  readonly paint: number
  /** over the wire, until all of it has come */
  readonly bytes: number
}

/** By somebody who has never been there. */
async function look(by: Browser, address: string): Promise<View> {
  const context = await by.newContext({ viewport: { width: 1280, height: 720 } })
  try {
    const page = await context.newPage()
    await page.goto(address, { waitUntil: 'load' })
    return await page.evaluate(`new Promise((resolve) => {
      new PerformanceObserver((list) => {
        const [{ startTime: paint }] = list.getEntriesByName('first-contentful-paint')
        const parts = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        resolve({ paint, bytes: parts.reduce((sum, { transferSize = 0 }) => sum + transferSize, 0) })
      }).observe({ type: 'paint', buffered: true })
    })`)
  } finally {
    await context.close()
  }
}
