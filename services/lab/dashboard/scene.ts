import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { ROADS, type Road } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { nearest } from '#kit/nearest.ts'
import type { Attack } from '#mitm/attack.ts'
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
}

/** What somebody sees who names nothing: an unpinned client, and an authority that the device trusts. */
const FIRST = { client: 'unpinned', attack: 'trusted-authority', road: 'takeover' } as const

/** @throws LabError UNKNOWN_ID with the nearest match, SCENE_INVALID */
export function sceneIn(query: URLSearchParams, { attacks, clients }: Catalogues): Scene {
  const road = query.get('road') ?? FIRST.road
  const known = ROADS.find((one) => one === road)
  if (!known) throw new LabError('SCENE_INVALID', `there is no road called '${road}'`, { hint: ROADS.join(', ') })
  return {
    client: called(clients, query.get('client') ?? FIRST.client, 'client'),
    attack: called(attacks, query.get('attack') ?? FIRST.attack, 'attack'),
    road: known,
    enforce: query.get('enforce') === 'on',
    unaltered: query.get('answers') === 'genuine',
  }
}

/** `client=unpinned&attack=trusted-authority&road=takeover`: one scene, one spelling. */
export function queryOf({ client, attack, road, enforce, unaltered }: Scene): string {
  const fields = {
    client: client.id,
    attack: attack.id,
    road,
    ...(enforce && { enforce: 'on' }),
    ...(unaltered && { answers: 'genuine' }),
  }
  return new URLSearchParams(fields).toString()
}

function called<T>(catalogue: ReadonlyMap<string, Entry<T>>, id: string, noun: string): Entry<T> {
  const entry = catalogue.get(id)
  if (entry) return entry
  const near = nearest(id, [...catalogue.keys()])
  throw new LabError('UNKNOWN_ID', `there is no ${noun} called '${id}'`, {
    ...(near !== undefined && { hint: `did you mean '${near}'?` }),
  })
}
