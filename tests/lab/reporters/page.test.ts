import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { listen } from '#kit/listen.ts'
import html from '#lab/reporters/html.ts'
import type { Run } from '#lab/result.ts'
import { describeWithBrowser } from '../../support/browser.ts'
import { HOSTILE, hostileRun, realRun } from './runs.ts'

describeWithBrowser('the HTML report in Chromium', (open) => {
  let run: Run
  let folder: string
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pinning-lab-'))
    run = await realRun()
    await writeFile(join(folder, 'real.html'), html.render(run))
    await writeFile(join(folder, 'hostile.html'), html.render(hostileRun()))
    browser = await open()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(async () => {
    page = await show('real')
  })
  afterEach(() => page.close())

  async function show(
    name: string,
    { link = '', ...look }: BrowserContextOptions & { link?: string } = {},
  ): Promise<Page> {
    const made = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...look })
    await made.goto(`${pathToFileURL(join(folder, `${name}.html`))}${link}`)
    return made
  }

  /** Ids of the rules that axe finds broken. */
  async function complaints(of: Page): Promise<string[]> {
    await of.evaluate(axe.source)
    const found: { id: string; nodes: { html: string }[] }[] = await of.evaluate(
      'axe.run().then((result) => result.violations)',
    )
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }

  const LOOKS = (['light', 'dark'] as const).flatMap((scheme) => [1280, 400].map((width) => [scheme, width] as const))

  test.each(LOOKS)(
    'axe finds nothing wrong: %s, %i pixels wide',
    async (colorScheme, width) => {
      for (const link of [
        '',
        '#append-pinned-leaf/pinned-key',
        '#trusted-authority/liar',
        '#none-glance/unpinned',
        '#none-glance/liar',
      ]) {
        const shown = await show('real', { link, colorScheme, viewport: { width, height: 800 } })
        expect(await shown.locator('dialog[open]').count()).toBe(link === '' ? 0 : 1)
        for (const summary of await shown.locator('dialog summary').all()) await summary.click()
        expect([link, await complaints(shown)]).toEqual([link, []])
        expect(await shown.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        await shown.close()
      }
    },
    60_000,
  )

  test('axe would find something', async () => {
    await page.evaluate("document.querySelector('th .title').style.color = '#eee'; document.documentElement.lang = ''")
    expect((await complaints(page)).length).toBeGreaterThan(0)
  })

  test('a cell opens with the keyboard alone, tells both sides, and gives the focus back', async () => {
    await page.locator('td button').first().focus()
    const name = () => page.evaluate("document.activeElement.closest('tr').querySelector('.id').textContent")
    expect(await name()).toBe(run.attacks[0]?.id)
    const row = run.attacks.findIndex(({ id }) => id === 'trusted-authority')
    for (let step = 0; step < row; step += 1) await page.keyboard.press('ArrowDown')
    expect(await name()).toBe('trusted-authority')
    await page.keyboard.press('Enter')
    const text = await page.locator('dialog[open]').textContent()
    expect(text).toMatch(/INTERCEPTED: /)
    expect(text).toMatch(/\d+\s+application bytes/)
    expect(text).toMatch(/It holds the token eyJ.{5}…/)
    expect(text).toMatch(/TLS handshake completed for api\.lab\.test[\s\S]*GET \/api\.nasa\.gov/)
    expect(await page.locator('dialog[open] svg rect').count()).toBe(2)
    expect(await page.evaluate('location.hash')).toBe('#trusted-authority/unpinned')
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog[open]').count()).toBe(0)
    expect(await name()).toBe('trusted-authority')
    // The dialog says that it is closed a moment after it is.
    await page.waitForURL(({ hash }) => hash === '')
  })

  test('a screen reader is told of rows, columns, and what a cell is', async () => {
    const tree = await page.locator('.scroll').ariaSnapshot()
    expect(tree).toMatch(/table "Attacks by clients"/)
    expect(tree).toMatch(/columnheader "pinned-key pinned"/)
    expect(tree).toMatch(
      /rowheader "trusted-authority An authority that the device trusts has signed for the attacker\."/,
    )
    expect(tree).toMatch(/button "blocked pin"/)
    expect(tree).toMatch(/button "surprise: intercepted"/)
  })

  test('every word is there without the colour, and every surprise is marked', async () => {
    expect(await page.locator('td button .word').allInnerTexts()).not.toContain('')
    expect(await page.locator('td button .symbol', { hasText: '!' }).count()).toBe(run.surprises)
  })

  test('client, family and verdict filter what is shown', async () => {
    const visible = () => page.locator('td button:visible').count()
    const wanted = (filter: (result: Run['results'][number]) => boolean) => run.results.filter(filter).length
    const family = (id: string) => run.attacks.find((attack) => attack.id === id)?.family
    expect(await visible()).toBe(run.results.length)
    await page.getByLabel('Verdict', { exact: true }).selectOption('intercepted')
    expect(await visible()).toBe(wanted(({ verdict }) => verdict === 'intercepted'))
    await page.getByLabel('Family', { exact: true }).selectOption('trust')
    expect(await visible()).toBe(
      wanted(({ verdict, attack }) => verdict === 'intercepted' && family(attack) === 'trust'),
    )
    expect(await complaints(page)).toEqual([])
    await page.getByLabel('Client', { exact: true }).selectOption({ label: 'pinned-key' })
    expect(await visible()).toBe(0)
    expect(await page.getByRole('status').textContent()).toBe(`0 of ${run.results.length} shown`)
    await page.getByRole('button', { name: 'Show everything' }).click()
    await page.locator('#none').waitFor({ state: 'hidden' })
    expect(await visible()).toBe(run.results.length)
    await page.getByLabel('Verdict', { exact: true }).selectOption('surprise')
    expect(await visible()).toBe(run.surprises)
  })

  test('it prints in light colours, without its controls, and an open play by itself', async () => {
    const shown = await show('real', { colorScheme: 'dark' })
    await shown.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await shown.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await shown.locator('#filters').isVisible()).toBe(false)
    expect(await shown.locator('td button:visible').count()).toBe(run.results.length)
    await shown.emulateMedia({ media: 'screen' })
    await shown.locator('td button').first().click()
    await shown.emulateMedia({ media: 'print' })
    expect(await shown.locator('table').isVisible()).toBe(false)
    expect(await shown.locator('dialog h2').isVisible()).toBe(true)
    await shown.close()
  })

  test('hostile text runs nothing and shows as it is', async () => {
    const shown = await browser.newPage()
    const heard: string[] = []
    shown.on('dialog', (alert) => heard.push(alert.message()))
    shown.on('pageerror', (error) => heard.push(String(error)))
    shown.on('request', (request) => heard.push(request.url()))
    const address = pathToFileURL(join(folder, 'hostile.html')).href
    await shown.goto(address)
    for (const button of await shown.locator('td button').all()) {
      await button.click()
      expect(await shown.locator('dialog script').count()).toBe(0)
      expect(await shown.locator('dialog h2').textContent()).toContain(HOSTILE.slice(0, 30))
      expect(await shown.locator('dialog').textContent()).toContain(']]>--><!--')
      await shown.keyboard.press('Escape')
    }
    expect(await shown.evaluate('document.scripts.length')).toBe(1)
    expect(heard).toEqual([address])
    await shown.close()
  })

  test('the browser would neither run a script that got in nor fetch for it', async () => {
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response.end()
    })
    await using outside = await listen(server, { what: 'an outside server' })
    await page.evaluate(`{
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:${outside.port}/">')
    }`)
    const fetched = page.evaluate(`fetch('http://127.0.0.1:${outside.port}/').then(() => true, () => false)`)
    expect([await page.evaluate('window.ran'), await fetched, asked]).toEqual([undefined, false, 0])
  })
})
