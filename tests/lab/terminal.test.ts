import { expect, test } from '@jest/globals'
import { progress } from '#lab/terminal.ts'
import { terminal } from '../support/terminal.ts'

/** A stderr that says whether it is a terminal, and a clock that is set by hand. */
function watched(isTTY: boolean, asked?: boolean) {
  const screen = terminal([])
  Object.assign(screen.stderr, { isTTY })
  let ms = 0
  const counter = progress(screen, { now: () => new Date(ms), ...(asked === undefined ? {} : { asked }) })
  return {
    printed: screen.printed,
    dispose: () => counter[Symbol.dispose](),
    tick: (at: number, done: number, total = 9) => {
      ms = at
      counter.tick(done, total)
    },
  }
}

test('a run that is over within a second shows no progress, and leaves no trace', () => {
  const { tick, printed, dispose } = watched(true)
  for (const at of [0, 500, 999]) tick(at, 1)
  dispose()
  expect(printed.stderr).toBe('')
})

test('a run that lasts longer counts its plays, says how long it will take, and clears the line in the end', () => {
  const { tick, printed, dispose } = watched(true)
  tick(6000, 12, 104)
  tick(6001, 104, 104)
  expect(printed.stderr).toBe('\r\u001b[K  12 of 104 plays, about 46 s left\r\u001b[K  104 of 104 plays')
  dispose()
  dispose()
  expect(printed.stderr.split('104 of 104 plays')[1]).toBe('\r\u001b[K')
})

test('where stderr is no terminal there is no progress', () => {
  const { tick, printed, dispose } = watched(false)
  tick(60_000, 3)
  dispose()
  expect(printed.stderr).toBe('')
})

test('where stderr is no terminal and progress was asked for, there is a line now and then', () => {
  const { tick, printed, dispose } = watched(false, true)
  for (const at of [999, 1000, 2000, 5999, 6000]) tick(at, at, at)
  dispose()
  expect(printed.stderr).toBe('  1000 of 1000 plays\n  6000 of 6000 plays\n')
})
