// The lab's attacker in a process of its own. Each message names a host, arms a play for it, and is answered with its port
// and with how long that took: forging is part of it.
import { createMaterial } from '#certs/material.ts'
import { silentLog } from '#kit/log.ts'
import { createAttacker } from '#mitm/attacker.ts'

const now = () => new Date()
const { upstreamPort } = JSON.parse(process.env.PEER ?? '{}')
const material = await createMaterial({ now: now() })
const attacker = await createAttacker({ log: silentLog(), now })
let last: string | undefined

async function arm(host: string): Promise<{ readonly port: number; readonly ms: number }> {
  if (last !== undefined) await attacker.evidence(last)
  const began = performance.now()
  const { play, port } = await attacker.arm({
    attack: 'trusted-authority',
    road: 'takeover',
    host,
    upstream: { host: '127.0.0.1', port: upstreamPort },
    loot: material.attacker,
    requests: 'unaltered',
  })
  last = play
  return { port, ms: performance.now() - began }
}

process.on('message', async (host: string) => process.send?.(await arm(host)))
// Of no host that is measured, so that the first of those is still to be forged.
process.send?.(await arm('before.lab.test'))
