import { Agent } from 'node:https'
import { expect, test } from '@jest/globals'
import { certificatesOf } from '#certs/credentials.ts'
import { Secret } from '#kit/secret.ts'
import { alteredBytes, type Forger, forged, type Mutated } from './mutated-tokens.ts'
import { type Answer, freshMaterial, whole, withProxy } from './world.ts'

const SEED = 20_170_101
const MANY = 5_000
/** After so many of them the good one is asked with again. */
const CONTROL_EVERY = 50

test('of five thousand tokens that are nearly good none is taken, and all are refused in one shape', async () => {
  await using world = await enforcing()
  const forger = await forgerOf(world)
  const mutations = [...forged(forger), ...alteredBytes(forger, { seed: SEED, many: MANY })].slice(0, MANY)
  const { refused, controls } = await askWith(world, forger.good, mutations)
  const taken = refused.filter(({ answer }) => answer.status !== 401)
  expect(taken.map(({ how, token, answer }) => ({ how, token, status: answer.status }))).toEqual([])
  expect(refused).toHaveLength(MANY)
  expect(controls).toBe(MANY / CONTROL_EVERY)
  expect(world.upstream.seen.map(({ url }) => url)).toEqual(Array(controls).fill('/control'))
  const shapes = new Set(refused.map(({ answer }) => JSON.stringify(shapeOf(answer))))
  expect([...shapes]).toHaveLength(1)
}, 300_000)

test('what a refusal says of a token is one of two sentences, each always as long', async () => {
  await using world = await enforcing()
  const forger = await forgerOf(world)
  const { refused } = await askWith(world, forger.good, forged(forger))
  const lengths = Map.groupBy(refused, ({ answer }) => JSON.parse(answer.text).error.message)
  expect([...lengths.keys()].sort()).toEqual([
    'the attestation token has expired: fetch a new one and ask again',
    'the attestation token is not valid',
  ])
  for (const answers of lengths.values()) expect(new Set(answers.map(({ answer }) => answer.body.length)).size).toBe(1)
})

test.each([
  ['a byte that no header may hold', '\0', 400],
  ['a line break', '\r\n', 400],
  ['more than all headers may be', 'A'.repeat(20_000), 431],
])('%s in a token is refused before it is looked at, and the upstream hears nothing', async (_, bytes, status) => {
  await using world = await enforcing()
  const good = await world.token()
  const token = `${good.slice(0, 50)}${bytes}${good.slice(50)}`
  const answer = await world.raw(`GET /apod.nasa.gov/x HTTP/1.1\r\nHost: a\r\napproov-token: ${token}\r\n\r\n`)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(world.upstream.seen).toEqual([])
})

async function enforcing() {
  const { attestationSecret } = await freshMaterial()
  return withProxy({ config: { attestation: { secret: new Secret(attestationSecret), enforce: true } } })
}

type World = Awaited<ReturnType<typeof enforcing>>

async function forgerOf({ material, token }: World): Promise<Forger> {
  const { proxySelfSigned, root } = material
  const known = [proxySelfSigned.chain, ...certificatesOf(root.chain).map((pem) => pem.trim())]
  return { good: await token({ expires: new Date(Date.now() + 3_600_000) }), secret: material.attestationSecret, known }
}

async function askWith(world: World, good: string, mutations: readonly Mutated[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const ask = async (path: string, token: string) =>
    whole(await world.ask(`/apod.nasa.gov${path}`, { headers: { 'approov-token': token }, agent }))
  const refused: (Mutated & { answer: Answer })[] = []
  let [next, controls] = [0, 0]
  const visitor = async () => {
    for (let nth = next++; nth < mutations.length; nth = next++) {
      const mutated = mutations[nth] ?? { how: '', token: '' }
      refused.push({ ...mutated, answer: await ask('/mutated', mutated.token) })
      if (nth % CONTROL_EVERY !== 0) continue
      expect(await ask('/control', good)).toMatchObject({ status: 200, text: 'picture' })
      controls += 1
    }
  }
  await Promise.all(Array.from({ length: 8 }, visitor))
  agent.destroy()
  return { refused, controls }
}

/** All that a forger could tell two refusals apart by, but for the sentence and for what is another each time. */
function shapeOf({ status, headers, text }: Answer) {
  const { date: _, 'x-request-id': id, 'content-length': length, ...rest } = headers
  const { error, ...more } = JSON.parse(text)
  const { message, requestId, ...others } = error
  const told = [typeof message, requestId === id, Number(length) === Buffer.byteLength(text), String(id).length]
  return { status, rest, told, others, more, names: Object.keys(headers) }
}
