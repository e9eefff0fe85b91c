import { expect, test } from '@jest/globals'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import type { Stage } from '#lab/stage.ts'
import { describeWithBrowser } from '../../support/browser.ts'
import { AT_HOME, dashboardIn, FOOLED, SAFE } from './shown.ts'

describeWithBrowser('how the dashboard looks in Chromium', (open) => {
  const shown = dashboardIn(open)
  const { scene } = shown

  test('what came over the network is text, whatever stands in it', async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    const answer = (title: string) => ({ bytes: 1, text: JSON.stringify({ title }) })
    const hostile: Stage = {
      ...shown.stage,
      play: async (order) => {
        const { gallery } = order
        const played = await shown.stage.play({
          ...order,
          ...(gallery && {
            gallery: {
              ...gallery,
              show: (picture, image) =>
                gallery.show(
                  { ...picture, title: markup, explanation: markup },
                  image && { ...image, contentType: 'image/svg+xml' },
                ),
            },
          }),
        })
        const { evidence } = played
        return {
          ...played,
          evidence: {
            ...evidence,
            connections: evidence.connections.map((one) => ({ ...one, sni: markup, failure: markup })),
            requests: evidence.requests.map((one) => ({
              ...{ ...one, path: `/${markup}`, headers: { [markup]: markup } },
              answer: { status: 200, contentType: markup, genuine: answer('x'), told: answer(markup) },
            })),
          },
          replay: async ({ how }) => ({ how, status: 200, answer: { bytes: 1, text: markup } }),
        }
      },
    }
    await using mine = await shown.start({ stage: hostile })
    const page = await scene(FOOLED, {}, mine)
    expect(await page.locator('.gallery strong').first().textContent()).toBe(markup)
    expect(await page.locator('#attacker').textContent()).toContain(markup)
    expect(await page.locator('.requests ins').first().textContent()).toBe(markup)
    await page.getByRole('button', { name: 'there, without the token' }).click()
    expect(await page.locator('.again li pre').textContent()).toBe(markup)
    expect(await page.locator('.gallery img').count()).toBe(0)
    expect(await page.locator('.panel img, .panel script').count()).toBe(0)
    expect(await page.title()).toMatch(/^Pinning Lab/)
  })

  test('the first view is light', async () => {
    const page = await scene(SAFE)
    const bytes = await page.evaluate(
      "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter(({ name }) => !name.includes('/events')).reduce((sum, { transferSize }) => sum + transferSize, 0)",
    )
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(150 * 1024)
  })

  const LOOKS = (['light', 'dark'] as const).flatMap((scheme) => [1280, 400].map((width) => [scheme, width] as const))

  test.each(LOOKS)(
    'axe finds nothing wrong: %s, %i pixels wide',
    async (colorScheme, width) => {
      await shown.dashboard.theatre.runAll({
        attack: ['none', 'trusted-authority'],
        client: ['unpinned', 'pinned-key'],
      })
      for (const address of [FOOLED, SAFE, `${AT_HOME}&act=1`]) {
        const page = await scene(address, { colorScheme, viewport: { width, height: 800 } })
        const again = page.getByRole('button', { name: 'to one that enforces attestation' })
        if (await again.count()) {
          await again.click()
          await page.locator('.again li').first().waitFor()
        }
        for (const summary of await page.locator('#attacker summary').all()) await summary.click()
        expect([address, await complaints(page)]).toEqual([address, []])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        await page.locator('[data-evidence]').click()
        await page.locator('dialog[open]').waitFor()
        expect([address, await complaints(page)]).toEqual([address, []])
      }
    },
    120_000,
  )

  /** Ids of the rules that axe finds broken. */
  async function complaints(of: Page): Promise<string[]> {
    await of.evaluate(axe.source)
    const found: { id: string; nodes: { html: string }[] }[] = await of.evaluate(
      'axe.run().then((result) => result.violations)',
    )
    return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }
})
