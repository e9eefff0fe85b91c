import { type BackstageDoor, callBackstage } from '#kit/backstage.ts'
import type { Armed, Attacker } from './attacker.ts'
import type { Evidence, Replayed } from './evidence.ts'

/**
 * An attacker in another container, worked through its control port. Closing it asks for the evidence of plays that
 * nobody asked about, so that their listeners go; the attacker itself stays.
 */
export function remoteAttacker(door: BackstageDoor): Attacker {
  const open = new Set<string>()
  const arm: Attacker['arm'] = async (order) => {
    // The contract is JSON, and both ends of it are this repository.
    const armed = (await callBackstage(door, '/arm', order)) as Armed
    open.add(armed.play)
    return armed
  }
  const turn: Attacker['turn'] = async (play, stance) => void (await callBackstage(door, '/turn', { play, stance }))
  const evidence: Attacker['evidence'] = async (play) => {
    open.delete(play)
    // As above.
    return (await callBackstage(door, '/evidence', { play })) as Evidence
  }
  const replay: Attacker['replay'] = async (play, to) => {
    // As above.
    const replayed = (await callBackstage(door, '/replay', { play, ...to })) as Replayed | null
    return replayed ?? undefined
  }
  const close = async () => {
    await Promise.allSettled([...open].map(evidence))
  }
  return { arm, turn, evidence, replay, close, [Symbol.asyncDispose]: close }
}
