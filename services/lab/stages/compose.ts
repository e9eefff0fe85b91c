import type { Loot } from '#certs/forger.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { ClientReport, VisitOrder } from '#client/client.ts'
import { type BackstageDoor, callBackstage } from '#kit/backstage.ts'
import { readTextFile } from '#kit/files.ts'
import { parsePins } from '#kit/pins-file.ts'
import { Secret } from '#kit/secret.ts'
import { remoteAttacker } from '#mitm/remote-attacker.ts'
import type { LabConfig } from '../config.ts'
import { clockOf, dated, type Stage, type StageOrder, trustsAttacker, VISIT_TIMEOUT } from '../stage.ts'

const HINT = 'has the certs container made it? docker compose logs certs'

/** Every party in a container of its own, worked through the control ports of client and attacker. */
export async function composeStage(config: LabConfig): Promise<Stage> {
  const [attackerDoor, clientDoor] = await Promise.all([door(config.attacker), door(config.client)])
  const attacker = remoteAttacker(attackerDoor)
  const pins = parsePins(
    await readTextFile(config.pinsFile, 'the pins that the client ships with', HINT),
    config.pinsFile,
  )

  const play = async ({ attack, client, road }: StageOrder) => {
    const host = HOST_OF[client.deployment]
    const loot = attack.holds === 'stolen-key' ? await steal(config, client.deployment, host) : {}
    const armed = await attacker.arm({ attack: attack.id, road, host, upstream: config.proxy, loot })
    const clock = clockOf(armed)
    const order: VisitOrder = {
      client: client.id,
      port: armed.port,
      ...(attack.spelling && { name: attack.spelling(host) }),
      road,
      trustsAttacker: trustsAttacker(attack),
      timeout: VISIT_TIMEOUT,
    }
    // The client's control port speaks the contract's JSON: both ends are this repository.
    const report = (await callBackstage(clientDoor, '/visit', order)) as ClientReport
    return { ...dated(report, clock), evidence: await attacker.evidence(armed.play) }
  }
  const close = () => attacker.close()
  return { name: 'compose', shipped: { pins }, play, close, [Symbol.asyncDispose]: close }
}

async function door({ host, port, tokenFile }: LabConfig['client']): Promise<BackstageDoor> {
  const token = await readTextFile(tokenFile, 'the token of a control port', HINT)
  return { url: `http://${host}:${port}`, token: new Secret(token.trim()) }
}

async function steal(config: LabConfig, deployment: keyof LabConfig['stealable'], host: string): Promise<Loot> {
  const key = await readTextFile(config.stealable[deployment], 'the key to be stolen', HINT)
  return { stolenKeys: { [host]: key } }
}
