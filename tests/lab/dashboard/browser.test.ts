import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { Catalogues } from '#lab/experiment.ts'
import { describeWithBrowser } from '../../support/browser.ts'
import { AT_HOME, dashboardIn, FOOLED, played, SAFE } from './shown.ts'

describeWithBrowser('the dashboard in Chromium', (open) => {
  const shown = dashboardIn(open)
  const { scene, visit } = shown

  /** The first picture in the gallery, its colours summed up. */
  const colours = (page: Page): Promise<number[]> =>
    page.evaluate(`(async () => {
      const image = document.querySelector('.gallery img')
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = 8
      const context = canvas.getContext('2d')
      context.drawImage(image, 0, 0, 8, 8)
      const sums = [0, 0, 0]
      context.getImageData(0, 0, 8, 8).data.forEach((value, index) => { if (index % 4 < 3) sums[index % 4] += value / 64 })
      return sums
    })()`)

  test('the unpinned client shows the attacker’s pictures, and the attacker has its token', async () => {
    const [fooled, home] = [await scene(FOOLED), await scene(AT_HOME)]
    expect(await fooled.locator('.gallery li').count()).toBe(4)
    expect(await fooled.locator('.gallery').textContent()).toContain('INTERCEPTED')
    expect(await home.locator('.gallery').textContent()).not.toContain('INTERCEPTED')
    const [red = 0, green = 0, blue = 0] = await colours(fooled)
    const [genuineRed = 0, genuineGreen = 0, genuineBlue = 0] = await colours(home)
    const apart = Math.abs(red - genuineRed) + Math.abs(green - genuineGreen) + Math.abs(blue - genuineBlue)
    expect(apart).toBeGreaterThan(60)
    expect(Number(await fooled.locator('.bytes strong').textContent())).toBeGreaterThan(300)
    expect(await fooled.locator('.loot code').textContent()).toMatch(/^eyJ.*…/)
    expect(Number(await home.locator('.bytes strong').textContent())).toBe(0)
  })

  test('whose answers are passed on shows the genuine ones, and is read all the same', async () => {
    const page = await scene(`${FOOLED}&answers=genuine`)
    expect(await page.locator('.gallery').textContent()).not.toContain('INTERCEPTED')
    expect(Number(await page.locator('.bytes strong').textContent())).toBeGreaterThan(300)
  })

  test('the pinned client says why it stops, and the attacker has nothing', async () => {
    const page = await scene(SAFE)
    expect(await page.getByRole('alert').textContent()).toBe(
      'Someone in the middle showed a certificate that isn’t ours. Nothing was sent.',
    )
    expect(await page.locator('.bytes strong').textContent()).toBe('0')
    expect(await page.locator('.gallery, .loot').count()).toBe(0)
    expect(await page.locator('#road .chip').textContent()).toContain('blocked (pin)')
  })

  test('a link restores a scene, and a choice makes a link', async () => {
    const page = await scene('/?client=pinned-key&attack=other-host&road=proxy&enforce=on&answers=genuine')
    const chosen = async (of: Page) => ({
      client: await of.locator('#scene-client').inputValue(),
      attack: await of.locator('#scene-attack').inputValue(),
      road: await of.getByLabel('proxy').isChecked(),
      enforce: await of.getByLabel('API enforces attestation').isChecked(),
      answers: await of.getByLabel('passed on').isChecked(),
    })
    const scenery = { client: 'pinned-key', attack: 'other-host', road: true, enforce: true, answers: true }
    expect(await chosen(page)).toEqual(scenery)
    await page.locator('#scene-world').selectOption('stolen-key')
    await page.waitForURL(/attack=stolen-key/)
    await played(page)
    const again = await scene(new URL(page.url()).search.replace('?', '/?'))
    expect(await chosen(again)).toEqual({ ...scenery, attack: 'stolen-key' })
    expect(await again.locator('#road .chip').textContent()).toContain('intercepted')
  })

  test('an unknown client is named, with the nearest', async () => {
    const page = await visit('/?client=pined-key')
    expect(await page.locator('body').textContent()).toContain("did you mean 'pinned-key'?")
  })

  test('the tour goes through its three acts and back', async () => {
    const page = await scene('/')
    await page.getByRole('link', { name: 'Take the tour' }).click()
    for (const bytes of [/^0$/, /^\d{3,}$/, /^0$/]) {
      await played(page)
      expect(await page.locator('.bytes strong').textContent()).toMatch(bytes)
      if ((await page.locator('.tour h2').textContent())?.startsWith('3')) break
      await page.getByRole('link', { name: 'Next' }).click()
    }
    expect(await page.locator('.tour h2').textContent()).toMatch(/^3 of 3/)
    await page.getByRole('link', { name: 'Back' }).click()
    await page.locator('.tour h2', { hasText: '2 of 3' }).waitFor()
  })

  test('two who look see the matrix fill, and what both start is one run', async () => {
    const [one, other] = [await scene(AT_HOME), await scene(AT_HOME)]
    await Promise.all([one, other].map((page) => page.getByRole('button', { name: 'Run a first look' }).click()))
    for (const page of [one, other]) {
      await page.locator('#battery', { hasText: /24 plays in/ }).waitFor()
      await page.locator('td[data-verdict]').nth(23).waitFor()
      expect(await page.locator('td[data-verdict]').count()).toBe(24)
    }
    await one.locator('tr', { hasText: 'stolen-key' }).locator('button.intercepted').last().click()
    expect(await one.locator('dialog h2').textContent()).toMatch(/pinned key itself/)
    await one.keyboard.press('Escape')
    expect(await one.locator('dialog[open]').count()).toBe(0)
    await one.getByLabel('Verdict').selectOption('intercepted')
    expect(await one.locator('#shown').textContent()).toMatch(/^4 of 24 shown$/)
    for (const [name, start] of [
      ['json', '{'],
      ['html', '<!doctype html>'],
      ['junit', '<?xml'],
      ['sarif', '{'],
    ]) {
      const answer = await one.request.get(`http://127.0.0.1:${shown.dashboard.port}/reports/${name}`)
      expect([name, answer.status(), (await answer.text()).slice(0, start?.length)]).toEqual([name, 200, start])
    }
  })

  test('a long run shows how far it is, and can be stopped', async () => {
    const page = await scene(AT_HOME)
    await page.getByRole('button', { name: 'Run all' }).click()
    await page.locator('#battery progress').waitFor()
    await page.locator('td[data-verdict]').nth(5).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.locator('#battery', { hasText: /Stopped after \d+ of 5712 plays/ }).waitFor()
    // One so large is not on the page at first.
    const late = await scene(AT_HOME)
    await late.locator('td[data-verdict]').nth(5).waitFor({ state: 'attached' })
    expect(await late.locator('tr[data-attack]').count()).toBeGreaterThan(100)
    await shown.dashboard.theatre.runAll({ attack: ['none'], client: ['unpinned'] })
  })

  test('it goes on when the server has been away', async () => {
    const mine = await shown.start()
    const page = await scene(SAFE, {}, mine)
    await mine.close()
    await page.locator('body.alone').waitFor()
    await using again = await shown.start({ port: mine.port })
    await page.locator('body:not(.alone)').waitFor()
    // Whatever it says from now on comes from the new one.
    await page.evaluate("document.body.dataset.state = 'stale'")
    await page.getByRole('button', { name: 'Play it again' }).click()
    await played(page)
    expect(again.theatre.showing(sceneOf(shown.catalogues, 'pinned-key', 'trusted-authority')).state).toBe('played')
  })

  test('by keyboard alone', async () => {
    const page = await scene(SAFE)
    const focused = () => page.evaluate('document.activeElement.textContent.trim().slice(0, 40)')
    const reach = async (what: string) => {
      for (let count = 0; count < 60 && (await focused()) !== what; count += 1) await page.keyboard.press('Tab')
      expect(await focused()).toBe(what)
    }
    await reach('Play it again')
    await page.evaluate("document.body.dataset.state = 'stale'")
    await page.keyboard.press('Enter')
    await played(page)
    await reach('What happened, on one clock')
    await page.keyboard.press('Enter')
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('What happened, on one clock')
  })

  test('without a script it is read and worked all the same', async () => {
    const page = await visit(`${SAFE}&road=proxy`, { javaScriptEnabled: false })
    await page.getByRole('button', { name: 'Play it again' }).click()
    for (let count = 0; count < 50 && (await page.locator('.phone [role=alert]').count()) === 0; count += 1) {
      await page.reload()
    }
    expect(await page.locator('.phone [role=alert]').textContent()).toContain('Nothing was sent.')
  })
})

function sceneOf({ clients, attacks }: Catalogues, client: string, attack: string) {
  const [victim, means] = [clients.get(client), attacks.get(attack)]
  if (!victim || !means) throw new Error('the catalogues have changed')
  return { client: victim, attack: means, road: 'takeover', enforce: false, unaltered: false } as const
}
