import { expect, test } from '@jest/globals'
import { createLog, silentLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'

function logged(act: (log: ReturnType<typeof createLog>) => void, level = 'info'): Record<string, unknown>[] {
  const lines: string[] = []
  act(createLog({ name: 'proxy', level, destination: { write: (line) => void lines.push(line) } }))
  return lines.map((line) => JSON.parse(line))
}

test('a line is JSON with time, level, party, message and fields', () => {
  const [line] = logged((log) => log.info({ ms: 3 }, 'answered'))
  expect(line).toEqual({
    level: 'info',
    name: 'proxy',
    msg: 'answered',
    ms: 3,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

test('lines below the level are not written', () => {
  expect(logged((log) => log.info('x'), 'warn')).toEqual([])
  expect(logged((log) => log.error('x'), 'silent')).toEqual([])
})

test.each(['authorization', 'approov-token', 'api_key', 'apiKey', 'token', 'secret', 'key', 'cookie'])(
  'what is called %s is never written, at the top or in headers',
  (name) => {
    const lines = logged((log) => log.info({ [name]: 'hunter2', headers: { [name]: 'hunter2' } }, 'x'))
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(lines[0]).toMatchObject({ [name]: '[secret]', headers: { [name]: '[secret]' } })
  },
)

test('a Secret is never written, whatever it is called', () => {
  expect(JSON.stringify(logged((log) => log.info({ odd: { deep: { er: new Secret('hunter2') } } })))).not.toContain(
    'hunter2',
  )
})

test('the silent log says nothing', () => {
  expect(silentLog().isLevelEnabled('fatal')).toBe(false)
})
