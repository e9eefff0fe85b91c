import { HOST_OF } from '#client/catalogue.ts'
import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { assertNotPublic } from '#kit/public-address.ts'
import type { Attack } from '#mitm/attack.ts'
import { reachableAt } from '../addresses.ts'
import { inapplicable } from '../applicable.ts'
import { WORLDS_TO_TELL } from '../control.ts'
import { type Catalogues, choose, firstLook, loadCatalogues } from '../experiment.ts'
import { openOutlets, writeOutlets } from '../outlets.ts'
import { loadReporters } from '../reporter.ts'
import type { Stage } from '../stage.ts'
import { embeddedStage } from '../stages/embedded.ts'
import { fromHere, lookOf, type Terminal } from '../terminal.ts'
import { versions } from '../versions.ts'
import { conclude } from './conclusion.ts'
import { exitFor } from './exit.ts'
import { concludeByEvidence } from './manual-conclusion.ts'
import { openDoor } from './manual-door.ts'
import { createGuide } from './manual-guide.ts'
import { MANUAL_PORT } from './manual-options.ts'
import { createPresses, type Presses } from './manual-presses.ts'
import { byHand, DEVICE, PATIENCE } from './manual-stage.ts'
import type { TryOptions } from './options.ts'
import { ownApi } from './target.ts'
import type { Target } from './target-options.ts'
import { worldsFirst } from './worlds-first.ts'

/**
 * `npm run try -- --manual`: a device whose button a person presses, told one proxy for all attacks. Gives the exit code.
 * @throws LabError PORT_BUSY, PORT_FORBIDDEN, ADDRESS_IS_PUBLIC, ADDRESS_UNAVAILABLE, NO_INPUT and those of a target
 */
export async function manualCommand(terminal: Terminal, options: TryOptions, target?: Target): Promise<number> {
  const { stdin, stdout, stderr, env, signal } = terminal
  if (!stdin) throw new LabError('NO_INPUT', 'there is nobody to press Enter', { hint: 'give it a terminal or a pipe' })
  const attacks = chosenFor(await loadCatalogues(), options)
  const outlets = await openOutlets(options.reporter, await loadReporters())
  const inputEnds = new AbortController()
  using presses = createPresses(stdin, { signal, onEnd: () => inputEnds.abort() })
  const playing = { attacks, presses, target, signal: AbortSignal.any([signal, inputEnds.signal]) }
  const { run, found } = await playByHand(playing, options, (line) => void stderr.write(`${line}\n`))
  await writeOutlets(outlets, run, { stdout, look: lookOf(stdout, env) })
  const talk = outlets.some(({ path, reporter }) => path === undefined && reporter.id !== 'table') ? stderr : stdout
  const where = outlets.flatMap(({ reporter, path }) => (path ? [`${reporter.id}: ${fromHere(path)}`] : []))
  talk.write(`\n${[...found.lines, ...where].join('\n')}\n`)
  if (!signal.aborted) return exitFor([found], options)
  stderr.write(`interrupted: these are the ${run.results.length} results found until then\n`)
  return EXIT.interrupted
}

type Attacks = readonly Entry<Attack>[]

const NOT_PUBLIC = "--listen takes an address of your own network; with --public beside it, one of the internet's too"

interface Playing {
  readonly attacks: Attacks
  readonly presses: Presses
  readonly target: Target | undefined
  readonly signal: AbortSignal
}

async function playByHand(playing: Playing, options: TryOptions, say: (line: string) => void) {
  const { attacks, presses, target, signal } = playing
  const { listen: listenHost = '127.0.0.1', port = MANUAL_PORT, deployment, can } = options
  if (!options.public) await assertNotPublic(listenHost, { what: 'the proxy for your device', hint: NOT_PUBLIC })
  const host = target?.host ?? HOST_OF[deployment]
  const guide = createGuide({ addresses: reachableAt(listenHost), host, ofLab: !target, say })
  await using door = await openDoor({ listenHost, port, host, page: guide.page })
  const hand = byHand({ door, guide, presses, say, deployment, can })
  const now = () => new Date()
  const means = { clients: new Map([[DEVICE, hand.client]]), now, timeout: PATIENCE }
  const own = target && (await ownApi(target, { ...means, words: [] }))
  await using stage = hand.onStage(own?.stage ?? (await embeddedStage({ ...means, forOutside: true })))
  guide.begin(door.port, attacks.filter((attack) => isPlayed(attack, { attacks, client: hand.client, stage })).length)
  const run = await worldsFirst(stage, {
    ...{ attacks, clients: [hand.client], road: 'proxy', jobs: 1, now, signal },
    versions: await versions(),
  })
  if (door.refused() > 0) say(`\n${door.refused()} requests for other hosts were refused, and not recorded.`)
  const lab = concludeByEvidence(conclude(run, DEVICE, attacks), run)
  return { run, found: own?.conclude(lab, run) ?? lab }
}

/** The worlds that tell come first, whatever was chosen; where nothing was, a person need not press a button a hundred times. */
function chosenFor(catalogues: Catalogues, { attack, family, world }: TryOptions): Attacks {
  const named = { attack, client: [], family, world }
  const isNamed = [attack, family, world].some((words) => words.length > 0)
  const { attacks } = choose(catalogues, isNamed ? named : firstLook(catalogues, named))
  const telling = WORLDS_TO_TELL.flatMap((id) => catalogues.attacks.get(id) ?? [])
  return [...new Set([...telling, ...attacks])]
}

interface Scene {
  readonly attacks: Attacks
  readonly client: Entry<Client>
  readonly stage: Stage
}

function isPlayed(attack: Entry<Attack>, { attacks, client, stage }: Scene): boolean {
  const control = attacks.find(({ id }) => id === attack.control)
  return inapplicable(attack, client, 'proxy') === undefined && stage.cannot?.(attack, control) === undefined
}
