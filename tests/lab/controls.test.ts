import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Entry } from '#kit/catalogue.ts'
import { HOSTS } from '#kit/names.ts'
import { inapplicable } from '#lab/applicable.ts'
import { battery } from '#lab/battery.ts'
import { CONTROL } from '#lab/control.ts'
import { type Catalogues, loadCatalogues } from '#lab/experiment.ts'
import { type Run, resultOf } from '#lab/result.ts'
import type { HomeStage } from '#lab/stage.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import type { Attack } from '#mitm/attack.ts'
import { OBSTRUCTIONS, ONE_LOOK, type Step } from '#mitm/story.ts'

const now = () => new Date()
const catalogues: Catalogues = await loadCatalogues()
const all = [...catalogues.attacks.values()]
const attacks = all.filter(({ family }) => family !== 'control')
const sound = [...catalogues.clients.values()].filter(({ mistake }) => !mistake)

function controlOf({ control = CONTROL }: Attack): Entry<Attack> | undefined {
  return catalogues.attacks.get(control)
}

const controls = [...new Set(attacks.flatMap((attack) => controlOf(attack) ?? []))]

/** What of an attack a client can tell before anybody has lied to it. */
function shape(attack: Attack) {
  const { needs = [], hostHeader, road, genuine, environment, story = ONE_LOOK } = attack
  return {
    acts: story.flatMap(actOf),
    needs: [...needs].sort(),
    name: nameIn(attack),
    hostHeader: hostHeader !== undefined,
    road,
    // Where it leads is what is attacked; that it leads on is the shape. Whom its API lets in is no matter of the way there.
    genuine: genuine === 'enforces' ? undefined : genuine?.replace(/^redirects-.*/, 'redirects'),
    ownProcess: environment !== undefined,
  }
}

/** What the attacker does alone, afterwards, no client can tell. */
function actOf(step: Step): string[] {
  if (step.act === 'replay') return []
  if (step.act === 'renew-pins') return [step.act]
  const kept = OBSTRUCTIONS.some((one) => one === step.attacker) ? ` ${step.attacker}` : ''
  return [`${step.act}${step.act === 'glance' ? ` ${step.at}` : ''}${kept}`]
}

/** Of the genuine host under another spelling. A name that it does not answer to has nothing genuine to be compared with. */
function nameIn({ spelling = (host) => host }: Attack): string {
  const name = spelling(HOSTS.api)
  return name.toLowerCase().replace(/\.$/, '') === HOSTS.api ? name : HOSTS.api
}

let stage: HomeStage
let run: Run
beforeAll(async () => {
  stage = await embeddedStage({ clients: catalogues.clients, now })
  run = await battery(stage, { attacks: controls, clients: sound, road: 'takeover', jobs: 8, versions: {}, now })
}, 60_000)
afterAll(() => stage?.close())

test.each(attacks.map((attack) => [attack.id, attack] as const))('%s has a control of its own shape', (_id, attack) => {
  const control = controlOf(attack)
  expect(control).toMatchObject({ family: 'control', present: 'relay' })
  expect(control && shape(control)).toEqual(shape(attack))
})

test.each(sound.map((client) => [client.id, client] as const))(
  '%s reaches the API in the control of every attack that says something of it',
  (id, client) => {
    const asked = attacks.filter((attack) => !inapplicable(attack, client))
    expect(asked.length).toBeGreaterThan(50)
    const seen = asked.map((attack) => [attack.id, resultOf(run, controlOf(attack)?.id ?? '', id)?.verdict])
    expect(seen).toEqual(asked.map((attack) => [attack.id, 'reached']))
  },
)

test('in a control no secret is read, and nothing in it stops a client that has an attack to be compared with it', () => {
  for (const { evidence, verdict } of run.results) {
    if (verdict !== 'not-applicable') expect([evidence.applicationBytes, evidence.token]).toEqual([0, undefined])
  }
  for (const { id, stoppedBy } of controls) expect([id, stoppedBy]).toEqual([id, []])
})

test('an address in clear is the one shape without a genuine counterpart', () => {
  expect(attacks.filter(({ clear }) => clear).map(({ id, control = CONTROL }) => [id, control])).toEqual([
    ['cleartext-url', CONTROL],
  ])
})
