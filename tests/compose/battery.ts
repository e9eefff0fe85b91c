import { expect, test } from '@jest/globals'
import { loadCatalogues } from '#lab/experiment.ts'
import type { Run } from '#lab/result.ts'
import { NOT_STAGED, unstagedOn } from '#lab/unstaged.ts'
import { FIRST } from '../expectations/first.ts'
import { asTable } from '../expectations/table.ts'
import type { Ran } from '../support/docker.ts'

/**
 * Every attack meets a third of the clients, and every client the same part of the attacks. All of them meet in one process;
 * `docker compose run --rm lab --all --against-embedded` lets them meet here too.
 */
const SHARE = '1/3'

/** The battery on containers, in the lab that is up. */
export function theBattery(lab: (...args: string[]) => Promise<Ran>): void {
  test('the battery tells the same on containers as in one process', async () => {
    const { code, stdout, stderr } = await lab('--all', '--shard', SHARE, '--against-embedded', '--json')
    const run: Run = JSON.parse(stdout)
    const surprises = run.results.filter(({ surprise }) => surprise)
    expect(surprises.map(({ attack, client, why }) => ({ attack, client, why }))).toEqual([])
    expect(stderr).toMatch(/^embedded and compose: no difference, plays compared: \d{3,}$/m)
    expect(code).toBe(0)
    await expectAllStaged(run)
  }, 900_000)

  test('the first experiment on the explicit-proxy road gives the same matrix', async () => {
    const { code, stdout } = await lab('--road', 'proxy', '--json')
    expect(asTable((JSON.parse(stdout) as Run).results)).toEqual(FIRST)
    expect(code).toBe(0)
  }, 60_000)

  test('a page goes to stdout, with nothing else there', async () => {
    const { code, stdout } = await lab('--attack', 'none-glance', '--client', 'shared-agent', '--reporter', 'html')
    expect(stdout).toMatch(/^<!doctype html>.*<\/html>\s*$/is)
    expect(code).toBe(0)
  }, 60_000)

  test('a file that cannot be written there is told before anything is played', async () => {
    const { code, stderr } = await lab('--all', '--reporter', 'junit=battery.xml')
    expect(code).toBe(2)
    expect(stderr).toContain('CANNOT_WRITE')
  }, 60_000)
}

/** What was not staged is what the lab says that it does not stage, and of each family something was played. */
async function expectAllStaged({ results }: Run): Promise<void> {
  const attacks = [...(await loadCatalogues()).attacks.values()]
  const isUnstaged = (attack: (typeof attacks)[number]) =>
    unstagedOn(
      'compose',
      attack,
      attacks.find(({ id }) => id === attack.control),
    ) !== undefined
  const unstaged = new Set(results.filter(({ why }) => why.startsWith(NOT_STAGED)).map(({ attack }) => attack))
  const known = attacks.filter(isUnstaged).map(({ id }) => id)
  expect([...unstaged].sort()).toEqual(known.sort())
  const played = new Set(results.filter(({ verdict }) => verdict !== 'not-applicable').map(({ attack }) => attack))
  const families = (some: typeof attacks) => [...new Set(some.map(({ family }) => family))].sort()
  expect(families(attacks.filter(({ id }) => played.has(id)))).toEqual(families(attacks))
}
