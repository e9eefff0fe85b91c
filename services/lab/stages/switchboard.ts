import { connect, createServer, type Socket } from 'node:net'
import { LabError } from '#kit/error.ts'
import { type Listening, listen } from '#kit/listen.ts'

export interface Switchboard extends Listening {
  /** From now on new connections to the name's address end there. */
  leadTo(port: number): void
}

export interface SwitchboardOptions {
  /** It answers on ::1 too, where this machine has that: `localhost` may mean either, and a program takes which it likes. */
  readonly bothLoopbacks?: boolean
}

/**
 * The address that a host name stands for: a TCP relay whose far end can be moved. So "the same name now leads to the
 * attacker" needs no change in the client, as with a forged DNS answer or a rogue access point.
 */
export async function switchboard(
  firstPort: number,
  { bothLoopbacks = false }: SwitchboardOptions = {},
): Promise<Switchboard> {
  let target = firstPort
  const far = new Set<Socket>()
  const relay = () =>
    createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const other = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
      far.add(other)
      other.once('close', () => far.delete(other))
      joinBoth(near, other)
    })
  const listening = await (bothLoopbacks ? onBoth(relay) : onOne(relay))
  const [{ host, port }] = listening
  const close = async () => {
    for (const socket of far) socket.destroy()
    await Promise.all(listening.map((one) => one.close()))
  }
  return {
    ...{ host, port, close },
    [Symbol.asyncDispose]: close,
    leadTo: (next) => {
      target = next
    },
  }
}

type Relay = () => ReturnType<typeof createServer>
type Ears = readonly [Listening, ...Listening[]]

/** Chances of a port that is free on one loopback to be taken on the other are small. */
const TRIES = 10

async function onOne(relay: Relay, more: { readonly host?: string; readonly port?: number } = {}): Promise<Ears> {
  return [await listen(relay(), { what: 'the switchboard', ...more })]
}

async function onBoth(relay: Relay, tries = TRIES): Promise<Ears> {
  const [first] = await onOne(relay)
  try {
    return [first, ...(await onOne(relay, { host: '::1', port: first.port }))]
  } catch (error) {
    const code = error instanceof LabError ? error.code : undefined
    // The machine knows no IPv6, and then localhost means nothing else.
    if (code === 'ADDRESS_UNAVAILABLE' || code === 'CANNOT_LISTEN') return [first]
    await first.close()
    if (code === 'PORT_BUSY' && tries > 1) return onBoth(relay, tries - 1)
    throw error
  }
}

/** What comes from one goes to the other, and so do their ends. */
export function joinBoth(near: Socket, far: Socket): void {
  join(near, far)
  join(far, near)
  near.pipe(far)
  far.pipe(near)
}

// pipe() passes an orderly end on, but neither a reset nor a refusal.
function join(from: Socket, to: Socket): void {
  from.on('error', () => to.destroy())
  from.once('close', (hadError) => {
    if (hadError) to.resetAndDestroy()
    else to.destroySoon()
  })
}
