import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { attackersAuthorities } from '#certs/finds.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { lootOf } from '#lab/loot.ts'
import { honestParties } from '#lab/stages/honest-parties.ts'
import { type Attacker, createAttacker } from '#mitm/attacker.ts'
import { describeWithBrowser } from '../support/browser.ts'

const run = promisify(execFile)
const CERTUTIL = '/usr/bin/certutil'
const PATH = '/api.nasa.gov/planetary/apod?date=2017-01-01'
const now = () => new Date()

// Chromium on Linux finds installed authorities in a database that this makes.
const withCertutil = existsSync(CERTUTIL) ? test : test.skip
if (!existsSync(CERTUTIL)) {
  const reason = `there is no ${CERTUTIL}: apt-get install libnss3-tools`
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(`REQUIRE_BROWSER is set, but ${reason}`)
  process.stderr.write(`skipped: a browser that trusts the lab: ${reason}\n`)
}

describeWithBrowser('the browser as an unpinned client', (open) => {
  // A browser on a machine that is busy with something else takes its time.
  jest.setTimeout(90_000)
  const opened = new AsyncDisposableStack()
  let material: Material
  let attacker: Attacker
  let port: number
  let browser: Browser

  beforeAll(async () => {
    material = await createMaterial({ now: now() })
    const { proxy } = await honestParties(material, { now, log: silentLog() }, opened)
    attacker = opened.use(await createAttacker({ log: silentLog(), now }))
    port = proxy.port
    browser = await open()
    opened.defer(() => browser.close())
  }, 60_000)
  afterAll(() => opened.disposeAsync())

  /** Goes there; what comes may be the browser's own warning. */
  async function look(address: string, by = browser): Promise<{ page: Page; error: string }> {
    const page = await by.newPage()
    const error = await page.goto(address).then(
      () => '',
      (thrown: Error) => thrown.message,
    )
    return { page, error: /net::\w+/.exec(error)?.[0] ?? error }
  }
  // Chromium shows JSON as one such.
  const body = async (page: Page) => (await page.locator('pre').textContent()) ?? ''

  test('it warns of the self-signed certificate, and shows the answer to who proceeds', async () => {
    const { page, error } = await look(`https://localhost:${port}${PATH}`)
    expect(error).toBe('net::ERR_CERT_AUTHORITY_INVALID')
    await page.getByText('NET::ERR_CERT_AUTHORITY_INVALID').first().waitFor()
    await page.locator('#details-button').click()
    await page.locator('#proceed-link').click()
    await page.waitForURL(/localhost/)
    await page.locator('body', { hasText: '2017-01-01' }).waitFor()
    expect(JSON.parse(await body(page))).toMatchObject({ date: '2017-01-01', media_type: 'image' })
  })

  withCertutil('it warns of nothing where the lab’s authority is trusted, and of a stranger all the same', async () => {
    await using device = await trusting(material.root.chain)
    const { page, error } = await look(`https://${HOSTS.api}:${port}${PATH}`, device.browser)
    expect(error).toBe('')
    expect(JSON.parse(await body(page))).toMatchObject({ date: '2017-01-01' })
    const play = await arm('stranger-authority')
    const attacked = await look(`https://${HOSTS.api}:${play.port}${PATH}`, device.browser)
    expect(attacked.error).toBe('net::ERR_CERT_AUTHORITY_INVALID')
    expect(await attacker.evidence(play.play)).toMatchObject({ applicationBytes: 0, requests: [] })
  })

  withCertutil(
    'it warns of nothing where the attacker’s authority is trusted, and shows what the attacker says',
    async () => {
      await using device = await trusting(`${material.root.chain}\n${attackersAuthorities(material)}`)
      const play = await arm('trusted-authority')
      const { page, error } = await look(`https://${HOSTS.api}:${play.port}${PATH}`, device.browser)
      expect(error).toBe('')
      const answer = JSON.parse(await body(page))
      expect(answer.title).toMatch(/^INTERCEPTED/)
      const genuine = await look(`https://localhost:${port}${PATH}`, await proceeding())
      const truth = JSON.parse(await body(genuine.page))
      const picture = new URL(truth.url).pathname
      expect(new URL(answer.url).pathname).toBe(picture)
      expect(await seen(page, picture)).not.toBe(await seen(genuine.page, picture))
      const { requests, applicationBytes } = await attacker.evidence(play.play)
      expect(requests[0]).toMatchObject({ path: PATH, altered: { what: 'json' } })
      expect(applicationBytes).toBeGreaterThan(200)
    },
  )

  function arm(attack: string) {
    const holds = attack === 'trusted-authority' ? ('trusted-authority' as const) : ('nothing' as const)
    const upstream = { host: '127.0.0.1', port }
    return attacker.arm({
      attack,
      road: 'takeover',
      host: HOSTS.api,
      upstream,
      loot: lootOf(material, holds, 'ca-signed'),
    })
  }

  /** A browser whose user has installed these authorities, on a network where every name is this machine. */
  async function trusting(authorities: string) {
    const home = await mkdtemp(join(tmpdir(), 'pinlab-home-'))
    const database = join(home, '.pki', 'nssdb')
    await mkdir(database, { recursive: true })
    await run(CERTUTIL, ['-N', '-d', `sql:${database}`, '--empty-password'])
    const all = authorities.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
    for (const [index, one] of all.entries()) {
      const file = join(home, `${index}.pem`)
      await writeFile(file, one)
      await run(CERTUTIL, ['-A', '-d', `sql:${database}`, '-n', `authority ${index}`, '-t', 'C,,', '-i', file])
    }
    const device = await open({ home, args: [`--host-resolver-rules=MAP ${HOSTS.api} 127.0.0.1`] })
    return {
      browser: device,
      [Symbol.asyncDispose]: async () => {
        await device.close()
        await rm(home, { recursive: true, force: true })
      },
    }
  }

  /** One that takes any certificate, to see the truth with. */
  async function proceeding(): Promise<Browser> {
    const one = await open({ args: ['--ignore-certificate-errors'] })
    opened.defer(() => one.close())
    return one
  }

  /** What the picture at that path looks like in the window. */
  async function seen(page: Page, path: string): Promise<string> {
    await page.goto(new URL(path, page.url()).href)
    return (await page.screenshot()).toString('base64')
  }
})
