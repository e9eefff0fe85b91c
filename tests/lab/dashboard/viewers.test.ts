import { expect, test } from '@jest/globals'
import { silentLog } from '#kit/log.ts'
import { startDashboard } from '#lab/dashboard/dashboard.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'

const now = () => new Date()
const SCENE = 'client=unpinned&attack=trusted-authority&road=takeover'

/** All that one who looks at the scene was told until it had been played, the last of each kind. */
async function watch(origin: string, position: string): Promise<Record<string, string>> {
  const ended = new AbortController()
  const answer = await fetch(`${origin}/events?${SCENE}&after=${position}`, { signal: ended.signal })
  const told: Record<string, string> = {}
  let text = ''
  try {
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const name = /^event: (.*)$/m.exec(event)?.[1]
        if (name !== undefined) told[name] = event.replace(/^id: .*\n/m, '')
      }
      if (told.state?.includes('played')) return told
    }
  } finally {
    ended.abort()
  }
  throw new Error('the connection ended before the scene had been played')
}

test('thirty who look at once are told the same of one play', async () => {
  const catalogues = await loadCatalogues()
  await using stage = await embeddedStage({ clients: catalogues.clients, now })
  let plays = 0
  const counted: typeof stage = {
    ...stage,
    play: (order) => {
      if (order.attack.id === 'trusted-authority') plays += 1
      return stage.play(order)
    },
  }
  await using dashboard = await startDashboard({
    ...{ stage: counted, catalogues, versions: {}, jobs: 4, now, log: silentLog(), port: 0 },
  })
  const origin = `http://127.0.0.1:${dashboard.port}`
  const page = await (await fetch(`${origin}/?${SCENE}`)).text()
  const position = /data-position="([^"]*)"/.exec(page)?.[1] ?? ''
  const viewers = Array.from({ length: 30 }, async () => {
    const watching = watch(origin, position)
    const { status } = await fetch(`${origin}/play?${SCENE}`, {
      method: 'POST',
      headers: { accept: 'application/json' },
    })
    expect(status).toBe(202)
    return watching
  })
  const told = await Promise.all(viewers)
  expect(plays).toBe(1)
  expect(told[0]?.victim).toContain('INTERCEPTED')
  expect(told[0]?.attacker).toMatch(/<strong>\d{3,}<\/strong> bytes read/)
  expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1)
}, 60_000)
