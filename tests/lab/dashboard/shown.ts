import { afterAll, afterEach, beforeAll, jest } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { silentLog } from '#kit/log.ts'
import { type Dashboard, startDashboard } from '#lab/dashboard/dashboard.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import type { Stage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

export const FOOLED = '/?client=unpinned&attack=trusted-authority'
export const SAFE = '/?client=pinned-key&attack=trusted-authority'
export const AT_HOME = '/?client=unpinned&attack=none'

const now = () => new Date()

export interface Shown {
  readonly catalogues: Catalogues
  readonly stage: Stage
  readonly dashboard: Dashboard
  /** Another one, over the same stage where nothing else is said. */
  start(options?: { readonly stage?: Stage; readonly port?: number }): Promise<Dashboard>
  visit(address: string, look?: BrowserContextOptions, of?: Dashboard): Promise<Page>
  /** The same, when the scene has been played. */
  scene(address: string, look?: BrowserContextOptions, of?: Dashboard): Promise<Page>
}

/** A dashboard over a real stage, and a browser to see it in, for the tests of one file. Pages are closed after each. */
export function dashboardIn(open: () => Promise<Browser>): Shown {
  // A browser on a machine that is busy with something else takes its time.
  jest.setTimeout(90_000)
  let ready: { catalogues: Catalogues; stage: Stage; dashboard: Dashboard; browser: Browser } | undefined
  const pages: Page[] = []
  const its = () => {
    if (!ready) throw new Error('it is asked for outside of a test')
    return ready
  }
  beforeAll(async () => {
    const catalogues = await loadCatalogues()
    const stage = await embeddedStage({ clients: catalogues.clients, now })
    const dashboard = await startDashboard({ ...means, catalogues, stage })
    ready = { catalogues, stage, dashboard, browser: await open() }
  }, 60_000)
  afterAll(async () => {
    await ready?.browser.close()
    await ready?.dashboard.close()
    await ready?.stage.close()
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
  })
  const visit: Shown['visit'] = async (address, look = {}, of = its().dashboard) => {
    const context = await its().browser.newContext({ viewport: { width: 1280, height: 900 }, ...look })
    const page = await context.newPage()
    pages.push(page)
    page.setDefaultTimeout(40_000)
    await page.goto(`http://127.0.0.1:${of.port}${address}`)
    return page
  }
  return {
    get catalogues() {
      return its().catalogues
    },
    get stage() {
      return its().stage
    },
    get dashboard() {
      return its().dashboard
    },
    start: (options = {}) => startDashboard({ ...means, catalogues: its().catalogues, stage: its().stage, ...options }),
    visit,
    scene: async (address, look, of) => {
      const page = await visit(address, look, of)
      await played(page)
      return page
    },
  }
}

const means = { versions: {}, jobs: 4, now, log: silentLog(), port: 0 }

export function played(page: Page): Promise<void> {
  return page.locator('body[data-state="played"]').waitFor()
}
