import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'
import { type Browser, chromium } from 'playwright-core'
import { given } from '#client/external/needs.ts'
import { CHROMIUMS } from './chromium.ts'

export interface BrowserOptions {
  readonly args?: readonly string[]
  /** The user's folder, in whose certificate database it finds the authorities that were installed. */
  readonly home?: string
}

export type Open = (options?: BrowserOptions) => Promise<Browser>

/**
 * `describe`, where there is a Chromium: the one that CHROMIUM names, else one in the usual places. Elsewhere the
 * reason is printed and the tests are skipped; with REQUIRE_BROWSER=1, as in CI, that is a failure.
 */
export function describeWithBrowser(name: string, tests: (open: Open) => void): void {
  const executablePath = CHROMIUMS.find((path) => existsSync(path))
  if (executablePath !== undefined) {
    // Run as root, as in a container, Chromium starts only without its sandbox; it sees nothing but our own page.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    describe(name, () =>
      tests(({ args: more = [], home } = {}) => {
        const env = home === undefined ? process.env : { ...process.env, HOME: home }
        return chromium.launch({ executablePath, args: [...args, ...more], env: given(env) })
      }),
    )
    return
  }
  const reason = `there is no Chromium at ${CHROMIUMS.join(', ')} (CHROMIUM can name one)`
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(`REQUIRE_BROWSER is set, but ${reason}`)
  process.stderr.write(`skipped: ${name}: ${reason}\n`)
  describe.skip(name, () => tests(() => Promise.reject(new Error(reason))))
}
