// The pictures of README and docs, made from the real thing: npm run screenshots. Needs a Chromium; CHROMIUM can name one.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { silentLog } from '#kit/log.ts'
import { startDashboard } from '#lab/dashboard/dashboard.ts'
import { firstLook, loadCatalogues } from '#lab/experiment.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { CHROMIUMS } from './support/chromium.ts'

const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url))
const SCENES = {
  fooled: '/?client=unpinned&attack=trusted-authority&act=2',
  refused: '/?client=pinned-key&attack=trusted-authority&act=3',
}
const now = () => new Date()

const executablePath = CHROMIUMS.find((path) => existsSync(path))
if (executablePath === undefined) {
  process.stderr.write(`no pictures: there is no Chromium at ${CHROMIUMS.join(', ')} (CHROMIUM can name one)\n`)
  process.exit(2)
}
const catalogues = await loadCatalogues()
await using stage = await embeddedStage({ clients: catalogues.clients, now })
await using dashboard = await startDashboard({
  ...{ stage, catalogues, versions: {}, jobs: 4, now, log: silentLog(), port: 0 },
})
await dashboard.theatre.runAll(firstLook(catalogues, { attack: [], client: [] }))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  await mkdir(FOLDER, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme })
    for (const [name, address] of Object.entries(SCENES)) await take(page, address, `${name}-${colorScheme}`)
    await page.close()
  }
} finally {
  await browser.close()
}

async function take(page: Page, address: string, name: string): Promise<void> {
  await page.goto(`http://127.0.0.1:${dashboard.port}${address}`)
  await page.locator('body[data-state="played"]').waitFor()
  // What is far from being seen is not loaded, and would never be there.
  const seen = "[...document.images].filter(({ loading }) => loading !== 'lazy')"
  await page.evaluate(`Promise.all(${seen}.map((image) => image.decode()))`)
  await page.screenshot({ path: `${FOLDER}${name}.jpg`, type: 'jpeg', quality: 82 })
  process.stdout.write(`docs/images/${name}.jpg\n`)
}
