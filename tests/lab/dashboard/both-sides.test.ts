import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWithBrowser } from '../../support/browser.ts'
import { AT_HOME, dashboardIn, FOOLED, played, SAFE } from './shown.ts'

describeWithBrowser('what each side sees, on the dashboard in Chromium', (open) => {
  const { scene } = dashboardIn(open)
  const chains = (page: Page) => page.locator('#road .chain')

  test('the chain that the victim was shown stands above the one that the API shows, with the pin where it is', async () => {
    const page = await scene(SAFE)
    expect(await chains(page).count()).toBe(2)
    expect(await chains(page).first().textContent()).toMatch(/Corporate Inspection Root[\s\S]*api\.lab\.test/)
    expect(await chains(page).first().textContent()).not.toContain('◆ pinned')
    expect(await chains(page).last().textContent()).toMatch(/Pinning Lab Intermediate[\s\S]*◆ pinned/)
    const home = await scene(AT_HOME.replace('unpinned', 'pinned-key'))
    expect(await home.locator('#road').textContent()).toContain('The genuine one')
    expect(await chains(home).textContent()).toContain('◆ pinned')
  })

  test.each([
    [FOOLED, /^victim\d+ bytes readattackerasked by the attackerAPI$/],
    [SAFE, /^victimended, nothing sentattackernever reachedAPI$/],
    [AT_HOME, /^victim\d+ bytes passed byattackerunreadAPI$/],
  ])('the road of %s says who is connected to whom', async (address, words) => {
    const page = await scene(address)
    expect(await page.locator('.wires figcaption').textContent()).toMatch(words)
  })

  test('an answer is shown as it came and as the victim was told, title and picture', async () => {
    const page = await scene(FOOLED)
    const first = page.locator('.requests > li').first()
    const before = await first.locator('del').textContent()
    expect(await first.locator('ins').textContent()).toBe(`INTERCEPTED: ${before}`)
    await first.getByText('The answer, before and after').click()
    const [genuine, told] = await first.locator('details[open] pre').allTextContents()
    expect(JSON.parse(genuine ?? '')).toMatchObject({ title: before })
    expect(JSON.parse(told ?? '')).toMatchObject({ title: `INTERCEPTED: ${before}` })
    const shades: number[][] = await page.evaluate(`Promise.all(
      [...document.querySelector('.glance').querySelectorAll('img')].map(async (image) => {
        await image.decode()
        const canvas = Object.assign(document.createElement('canvas'), { width: 4, height: 4 })
        const context = canvas.getContext('2d')
        context.drawImage(image, 0, 0, 4, 4)
        return [...context.getImageData(0, 0, 4, 4).data]
      }),
    )`)
    const [dark = [], light = []] = shades
    const apart = dark.reduce((sum, shade, index) => sum + Math.abs(shade - (light[index] ?? 0)), 0)
    expect(apart / dark.length).toBeGreaterThan(30)
  })

  test('the stolen request is good for another one, and without its token it is turned away', async () => {
    const page = await scene(FOOLED)
    const sent = page.locator('.again li')
    await page.getByRole('button', { name: 'to one that enforces attestation' }).click()
    await sent.filter({ hasText: 'Where attestation is enforced: 200, taken for the app.' }).waitFor()
    await page.getByRole('button', { name: 'there, without the token' }).click()
    await sent.filter({ hasText: 'without the token: 401, turned away.' }).waitFor()
    await page.getByRole('button', { name: 'to an API that enforces nothing' }).click()
    await sent.filter({ hasText: 'Where nothing is enforced: 200, taken for the app.' }).waitFor()
    expect(await sent.count()).toBe(3)
    const safe = await scene(SAFE)
    expect(await safe.locator('.again').count()).toBe(0)
  })

  test('the app’s word for a dead network is another than that for somebody in the middle', async () => {
    const page = await scene('/?client=pinned-key&attack=dropssl-reset')
    expect(await page.getByRole('alert').textContent()).toBe('No connection. Check the network, and try again.')
    expect(await page.locator('.bytes strong').textContent()).toBe('0')
  })

  test('what the attacker holds decides among which attacks there is to choose', async () => {
    const page = await scene(FOOLED)
    await page.getByLabel('The attacker holds').selectOption('stolen-key')
    await page.waitForURL(/attack=stolen-key&road=takeover$/)
    await played(page)
    const attacks = await page.getByLabel('Attack', { exact: true }).locator('option').allTextContents()
    expect(attacks).toContain('stolen-key')
    expect(attacks).not.toContain('trusted-authority')
    expect(await page.locator('#road').textContent()).toContain('The attacker holds the pinned key itself')
  })

  test.each([
    ['same-key', 'reached'],
    ['backup-key', 'reached'],
    ['new-key', 'blocked (pin)'],
  ])('the certificate is renewed with the %s, and the pinned client’s visit is: %s', async (key, verdict) => {
    const page = await scene(AT_HOME.replace('unpinned', 'pinned-key'))
    await page.getByLabel('The API’s certificate').selectOption(key)
    await page.waitForURL(new RegExp(`attack=rotated-${key}`))
    await played(page)
    expect(await page.locator('#road .chip').textContent()).toContain(verdict)
    expect(await page.getByLabel('The API’s certificate').inputValue()).toBe(key)
    expect(await page.getByLabel('Attack', { exact: true }).inputValue()).toBe('none')
  })

  test('a battery is on the road of the scene', async () => {
    const page = await scene(`${AT_HOME}&road=proxy`)
    await page.getByRole('button', { name: 'Run a first look' }).click()
    await page.locator('#battery', { hasText: /24 plays in .* On the proxy road\./ }).waitFor()
    expect(await page.locator('#battery').textContent()).toContain('Nothing surprising.')
  })
})
