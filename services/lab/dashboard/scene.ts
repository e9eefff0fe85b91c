import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { ROADS, type Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { nearest } from '#kit/nearest.ts'
import { type Attack, WORLDS, type World } from '#mitm/attack.ts'
import type { Catalogues } from '../experiment.ts'

/** Who meets whom. All of it stands in the address, so that a link shows the same scene. */
export interface Scene {
  readonly client: Entry<Client>
  readonly attack: Entry<Attack>
  readonly road: Road
  /** The API turns away what cannot attest itself. */
  readonly enforce: boolean
  /** The attacker reads along, and passes the genuine answers on. */
  readonly unaltered: boolean
  /** The API's certificate has been renewed since the app was shipped; with none of the attacks that set the API up themselves. */
  readonly rotated?: Rotation
}

/** With which key a certificate is renewed. */
export const ROTATIONS = ['same-key', 'backup-key', 'new-key'] as const
export type Rotation = (typeof ROTATIONS)[number]

/** What a choice among the attacks begins with: what the attacker holds, or that nobody attacks. */
export const SETTINGS = ['control', ...WORLDS] as const
export type Setting = 'control' | World

/** What somebody sees who names nothing: an unpinned client, and an authority that the device trusts. */
const FIRST = { client: 'unpinned', attack: 'trusted-authority', road: 'takeover' } as const
/** With nobody attacking, a renewal is a control of its own. */
const NOBODY = 'none'

/** @throws LabError UNKNOWN_ID with the nearest match, SCENE_INVALID */
export function sceneIn(query: URLSearchParams, { attacks, clients }: Catalogues): Scene {
  const road = oneOf(ROADS, query.get('road') ?? FIRST.road, 'road')
  const rotated = query.get('rotated') ? oneOf(ROTATIONS, query.get('rotated'), 'rotation') : undefined
  const named = called(attacks, query.get('attack') ?? FIRST.attack, 'attack')
  const chosen = query.get('world') ? firstIn(oneOf(SETTINGS, query.get('world'), 'world'), { attacks, named }) : named
  const attack = rotated && chosen.id === NOBODY ? called(attacks, `rotated-${rotated}`, 'attack') : chosen
  return {
    client: called(clients, query.get('client') ?? FIRST.client, 'client'),
    attack,
    road,
    enforce: query.get('enforce') === 'on',
    unaltered: query.get('answers') === 'genuine',
    ...(rotated && attack.genuine === undefined && { rotated }),
  }
}

/** `client=unpinned&attack=trusted-authority&road=takeover`: one scene, one spelling. */
export function queryOf({ client, attack, road, enforce, unaltered, rotated }: Scene): string {
  const fields = {
    client: client.id,
    attack: attack.id,
    road,
    ...(rotated && { rotated }),
    ...(enforce && { enforce: 'on' }),
    ...(unaltered && { answers: 'genuine' }),
  }
  return new URLSearchParams(fields).toString()
}

export function settingOf({ family, holds }: Pick<Attack, 'family' | 'holds'>): Setting {
  return family === 'control' ? 'control' : holds
}

/** The scene as somebody would put it together: a renewal with nobody attacking is chosen as that. */
export function choiceOf({ attack, rotated }: Scene): { readonly attack: string; readonly rotated?: Rotation } {
  const alone = ROTATIONS.find((one) => attack.id === `rotated-${one}`)
  if (alone) return { attack: NOBODY, rotated: alone }
  return { attack: attack.id, ...(rotated && { rotated }) }
}

/** The attack that was named, where it belongs there; else the one that the world is called after, or the first. */
function firstIn(
  setting: Setting,
  { attacks, named }: { readonly attacks: Catalogues['attacks']; readonly named: Entry<Attack> },
): Entry<Attack> {
  if (settingOf(named) === setting) return named
  const there = [...attacks.values()].filter((attack) => settingOf(attack) === setting)
  const plain = there.find(({ id }) => id === setting || id === NOBODY)
  return plain ?? there[0] ?? named
}

function oneOf<T extends string>(known: readonly T[], value: string | null, noun: string): T {
  const found = known.find((one) => one === value)
  if (found) return found
  throw new LabError('SCENE_INVALID', `there is no ${noun} called '${value}'`, { hint: known.join(', ') })
}

function called<T>(catalogue: ReadonlyMap<string, Entry<T>>, id: string, noun: string): Entry<T> {
  const entry = catalogue.get(id)
  if (entry) return entry
  const near = nearest(id, [...catalogue.keys()])
  throw new LabError('UNKNOWN_ID', `there is no ${noun} called '${id}'`, {
    ...(near !== undefined && { hint: `did you mean '${near}'?` }),
  })
}
