import { type BackstageDoor, callBackstage } from '#kit/backstage.ts'
import type { ClientReport, Shipped, Situation, VisitOrder } from './client.ts'
import { type Hung, showAll } from './gallery.ts'
import type { StepOrder, Whereabouts } from './order.ts'
import type { Show, Visit } from './run.ts'

/** What the client's control port says of a visit that it has opened. JSON. */
export interface Opened {
  readonly visit: string
  /** Where the client finds the API. */
  readonly origin: string
  /** What the app was shipped with, or repackaged with. */
  readonly shipped: Pick<Shipped, 'pins'>
  /** Whether it can be asked for other days. */
  readonly leafs: boolean
}

/** A visit by a client in another container. */
export interface RemoteVisit extends Omit<Opened, 'visit' | 'leafs'> {
  /** Unlike a visit in this process, its steps reject when the container does not answer. */
  readonly visit: Visit
}

/**
 * @param show given what the client has got, after each look
 * @throws LabError BACKSTAGE_UNREACHABLE, or what the client's control port answered
 */
export async function openRemoteVisit(door: BackstageDoor, order: VisitOrder, show?: Show): Promise<RemoteVisit> {
  // The contract is JSON, and both ends of it are this repository; so are the casts below.
  const asked = show ? { ...order, pictures: 'kept' } : order
  const { visit, leafs, ...opened } = (await callBackstage(door, '/open', asked)) as Opened
  const step = async (taken: StepOrder) => {
    const said = await callBackstage(door, '/step', taken)
    if (show) showAll((await callBackstage(door, '/pictures', { visit })) as Hung[], show)
    return said
  }
  const report = async (taken: StepOrder) => (await step(taken)) as ClientReport
  return {
    ...opened,
    visit: {
      look: () => report({ visit, act: 'look' }),
      ...(leafs && { lookAt: (day: string) => report({ visit, act: 'look-at', day }) }),
      glance: (address) => report({ visit, act: 'glance', address }),
      renewPins: async (pins) => {
        const wrong = (await step({ visit, act: 'renew-pins', pins })) as ClientReport | null
        return wrong ?? undefined
      },
      close: async () => {
        // A visit that cannot be left ends by itself.
        await callBackstage(door, '/leave', { visit }).catch(() => {})
      },
    },
  }
}

/** What the client's control port says of the device that it runs on. JSON. */
export interface Found {
  readonly situation: Situation
  /** The one that the app itself would send along. */
  readonly token: string
}

/** What a program that is not ours would find there. */
export async function remoteSituation(door: BackstageDoor, place: Whereabouts): Promise<Found> {
  // As above.
  return (await callBackstage(door, '/situation', place)) as Found
}

/** One look, in one call. */
export async function remoteLook(door: BackstageDoor, order: VisitOrder): Promise<ClientReport> {
  return (await callBackstage(door, '/visit', order)) as ClientReport
}
