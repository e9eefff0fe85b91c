import { startAttestation } from '#attestation/attestation.ts'
import { memoryRegistry } from '#attestation/registry.ts'
import { certsConfig } from '#certs/config.ts'
import { createMaterial } from '#certs/material.ts'
import { serveCerts } from '#certs/serve.ts'
import { measureClient } from '#client/app.ts'
import type { Client, Situation } from '#client/client.ts'
import { clientConfig } from '#client/config.ts'
import { startClient } from '#client/serve.ts'
import { createBackstage } from '#kit/backstage.ts'
import type { Catalogue, Entry } from '#kit/catalogue.ts'
import { listen } from '#kit/listen.ts'
import { silentLog } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import { labConfig } from '#lab/config.ts'
import type { Stage } from '#lab/stage.ts'
import { composeStage } from '#lab/stages/compose.ts'
import { honestParties } from '#lab/stages/honest-parties.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { attackerBackstage } from '#mitm/backstage.ts'
import { ownLoot } from '#mitm/loot.ts'
import { install } from '../client/installed.ts'
import { toLoopback } from '../client/world.ts'

const now = () => new Date()
const deps = { log: silentLog(), now }

/** The stage of the containers without containers: each party on this machine, worked through its control port alone. */
export async function partiesApart(clients: Catalogue<Client>): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const material = await createMaterial({ now: now() })
  const { at, clientEnv } = opened.use(await install(material))
  const secret = new Secret(material.attestationSecret)
  const registered = memoryRegistry([await measureClient(material.shipped)])
  const attestation = opened.use(
    await startAttestation({ tls: material.attestation, secret, tokenLife: 300_000 }, { ...deps, registered }),
  )
  const { proxy, enforcing } = await honestParties(material, deps, opened)
  const workshop = { folder: at(''), now, onWait: () => {} }
  const certs = opened.use(await serveCerts(workshop, certsConfig({ CERTS_BACKSTAGE_PORT: '0' }).backstage, deps.log))
  const attacker = opened.use(await createAttacker(deps))
  const routes = attackerBackstage(attacker, () => ownLoot(at('attacker')))
  const attackerToken = new Secret(material.backstageTokens.attacker)
  const attackerDoor = opened.use(await listen(createBackstage(routes, attackerToken), { what: 'the attacker' }))
  const client = opened.use(
    await startClient(clientConfig({ ...clientEnv, CLIENT_ATTESTATION_ADDRESS: `127.0.0.1:${attestation.port}` }), {
      ...deps,
      clients: atHome(clients),
      token: new Secret(material.backstageTokens.client),
    }),
  )
  const stage = opened.use(
    await composeStage(
      labConfig({
        LAB_ATTACKER: `127.0.0.1:${attackerDoor.port}`,
        LAB_CLIENT: `127.0.0.1:${client.port}`,
        LAB_CERTS: `127.0.0.1:${certs.port}`,
        LAB_PROXY: `127.0.0.1:${proxy.port}`,
        LAB_ENFORCING_PROXY: `127.0.0.1:${(await enforcing()).port}`,
        LAB_ATTACKER_TOKEN_FILE: at('lab/attacker-backstage-token'),
        LAB_CLIENT_TOKEN_FILE: at('lab/client-backstage-token'),
        LAB_CERTS_TOKEN_FILE: at('lab/certs-backstage-token'),
        LAB_API_KEY_FILE: at('lab/api-key.pem'),
        LAB_SELF_SIGNED_KEY_FILE: at('lab/key.pem'),
        LAB_PINS_FILE: at('lab/pins.json'),
      }),
      now,
    ),
  )
  const stack = opened.move()
  const close = () => stack.disposeAsync()
  return { ...stage, close, [Symbol.asyncDispose]: close }
}

/** On a network whose names all lead to this machine: what Docker's resolver does there. */
function atHome(clients: Catalogue<Client>): Catalogue<Client> {
  const moved = (client: Entry<Client>): Entry<Client> => ({
    ...client,
    open: (situation: Situation) => client.open({ ...situation, lookup: toLoopback }),
  })
  return new Map([...clients].map(([id, client]) => [id, moved(client)]))
}
