import { createServer } from 'node:http'
import { expect, test } from '@jest/globals'
import { CommanderError } from 'commander'
import { listen } from '#kit/listen.ts'
import { dashboardCommand } from '#lab/dashboard-command.ts'
import { terminal } from '../../support/terminal.ts'

test('it prints its address, has a first look to show, and ends when it is told', async () => {
  const stop = new AbortController()
  const screen = { ...terminal(['--port', '0']), signal: stop.signal }
  const ended = dashboardCommand(screen)
  const address = await said(screen, /http:\/\/127\.0\.0\.1:\d+/)
  const page = await fetch(address)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('<h2 id="battery-title">The battery</h2>')
  stop.abort()
  expect(await ended).toBe(0)
  await expect(fetch(address)).rejects.toThrow()
})

test('a port that is taken is named, with what to type instead', async () => {
  await using taken = await listen(createServer(), { what: 'somebody else' })
  await expect(dashboardCommand(terminal(['--port', String(taken.port)]))).rejects.toMatchObject({
    code: 'PORT_BUSY',
    hint: expect.stringContaining('--port 0'),
  })
})

test.each([[['--port', 'x']], [['--port', '70000']], [['--prot', '1']], [['more']]])(
  '%j is wrong use',
  async (args) => {
    await expect(dashboardCommand(terminal(args))).rejects.toThrow(CommanderError)
  },
)

async function said(screen: ReturnType<typeof terminal>, words: RegExp): Promise<string> {
  for (;;) {
    const found = words.exec(screen.printed.stdout)?.[0]
    if (found !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}
