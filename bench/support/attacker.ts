// The lab's attacker in a process of its own. Each message arms a play more, and is answered with its port.
import { createMaterial } from '#certs/material.ts'
import { silentLog } from '#kit/log.ts'
import { HOSTS } from '#kit/names.ts'
import { createAttacker } from '#mitm/attacker.ts'

const now = () => new Date()
const { upstreamPort } = JSON.parse(process.env.PEER ?? '{}')
const material = await createMaterial({ now: now() })
const attacker = await createAttacker({ log: silentLog(), now })
let last: string | undefined

async function arm(): Promise<number> {
  if (last !== undefined) await attacker.evidence(last)
  const { play, port } = await attacker.arm({
    attack: 'trusted-authority',
    road: 'takeover',
    host: HOSTS.api,
    upstream: { host: '127.0.0.1', port: upstreamPort },
    loot: material.attacker,
    requests: 'unaltered',
  })
  last = play
  return port
}

process.on('message', async () => process.send?.({ port: await arm() }))
process.send?.({ port: await arm() })
