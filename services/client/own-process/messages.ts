import type { ClientReport, PinnedHost, Situation } from '../client.ts'

/** What the lab tells the process: a visit begins there. */
export interface Beginning {
  readonly visit: number
  readonly client: string
  readonly situation: Omit<Situation, 'lookup'>
  /** Where all names lead. */
  readonly address?: string
}

export type StepAsked =
  | { readonly act: 'look' }
  | { readonly act: 'glance'; readonly address: string }
  | { readonly act: 'renew-pins'; readonly pins: readonly PinnedHost[] }

/** One step of a visit, or its end. */
export type Question = (StepAsked | { readonly act: 'close' }) & {
  readonly visit: number
  readonly question: number
  readonly token?: string
}

export interface Reply {
  readonly question: number
  /** Absent for what has nothing to report. */
  readonly report?: ClientReport
}
