import { lstatSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Credentials, keyMatches } from '#certs/credentials.ts'
import { generate, type Workshop } from '#certs/workshop.ts'
import { proxyConfig } from '#proxy/config.ts'
import { type Program, start } from '../support/program.ts'

const MAIN = fileURLToPath(new URL('../../certs/main.ts', import.meta.url))
const STEPS = new URL('./steps.ts', import.meta.url).href

/** `npm run certs -- …` in this folder, as a process. @param how see steps.ts */
export function certs(folder: string, args: readonly string[], how: NodeJS.ProcessEnv = {}): Program {
  const { PATH, SystemRoot } = process.env
  const counted = Object.keys(how).length > 0 ? ['--import', STEPS] : []
  return start(process.execPath, [...counted, MAIN, ...args], {
    env: { PATH, SystemRoot, CERTS_FOLDER: folder, ...how },
  })
}

/** Lets a command run to its end. @returns what a kill before each of its steps would have left, in their order */
export async function statesOf(folder: string, args: readonly string[]) {
  const path = await mkdtemp(join(tmpdir(), 'pinlab-states-'))
  const { code, stderr } = await certs(folder, args, { SNAPSHOTS: path }).ended
  if (code !== 0) throw new Error(`certs ended with ${code}: ${stderr}`)
  const steps: string[] = JSON.parse(await readFile(join(path, 'steps.json'), 'utf8'))
  const made = new Set(await readdir(path))
  const states = steps.flatMap((step, nth) =>
    made.has(String(nth)) ? [{ step, folder: join(path, String(nth)) }] : [],
  )
  return { steps, states, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface ProxyPairs {
  readonly selfSigned: Credentials
  readonly caSigned: Credentials
}

export async function pairsIn(folder: string): Promise<ProxyPairs> {
  const read = (name: string) => readFile(join(folder, 'proxy', name), 'utf8')
  return {
    selfSigned: { key: await read('key.pem'), chain: await read('cert.pem') },
    caSigned: { key: await read('api-key.pem'), chain: await read('api-cert.pem') },
  }
}

/** Both as they were, or both as a renewal has made them; or what is wrong with them. */
export function ageOf(pairs: ProxyPairs, before: ProxyPairs): 'old' | 'new' | string {
  const ages = (['selfSigned', 'caSigned'] as const).map((which) => {
    if (!keyMatches(pairs[which])) return `${which}: a key with the certificate of another`
    return pairs[which].chain === before[which].chain ? 'old' : 'new'
  })
  return [...new Set(ages)].join(', ')
}

/** What the proxy says of the folder when it starts. @throws LabError SETTINGS_INVALID */
export function asProxySettings(folder: string) {
  const at = (name: string) => join(folder, 'proxy', name)
  const settings = {
    ...{ PROXY_CERT: at('cert.pem'), PROXY_KEY: at('key.pem'), PROXY_PORT: '0' },
    ...{ PROXY_API_CERT: at('api-cert.pem'), PROXY_API_KEY: at('api-key.pem') },
    ...{
      PROXY_ATTESTATION_SECRET_FILE: at('attestation-secret'),
      PROXY_UPSTREAM_AUTHORITIES: at('upstream-authorities.pem'),
    },
  }
  return { settings, config: () => proxyConfig(settings, new Date()) }
}

/** The next `npm run certs`, and what is left to complain about after it. */
export async function complaintsAfterMending(folder: string): Promise<string[]> {
  const workshop: Workshop = { folder, now: () => new Date(), onWait: () => {} }
  await generate(workshop)
  const { selfSigned, caSigned } = await pairsIn(folder)
  const again = await generate(workshop)
  await asProxySettings(folder).config()
  return [
    ...[selfSigned, caSigned].filter((pair) => !keyMatches(pair)).map(() => 'a key with the certificate of another'),
    ...again.changed.map((file) => `${file} was not mended at once`),
    ...(await strayFiles(folder)),
  ]
}

/** What is no file of the lab's: temporary names, links, locks. */
async function strayFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => /(^|[\\/])\.|\.tmp$/.test(name) || lstatSync(join(folder, name)).isSymbolicLink())
}
