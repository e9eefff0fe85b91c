// How long `npm run attack-demo` takes from start to its last line. The peer is what Node needs to start and to load
// mockttp alone, with the same compile cache; they take turns, so that a busy machine slows both.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROUNDS = 11
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
const cache = join(folder, 'cache')
// The compile cache is the launcher's own in the one case, and given to Node in the other.
const demo = () =>
  timed(['services/kit/launch.mjs', 'services/lab/main.ts', 'demo', '--out', folder], /^Nothing surprising/)
const mockttp = () =>
  timed(['--input-type=module', '--eval', "await import('mockttp'); console.log('loaded')"], /^loaded/)

async function timed(args: readonly string[], lastLine: RegExp): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: at(''),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
  const ended = once(child, 'exit')
  let ms = Number.NaN
  for await (const line of createInterface({ input: child.stdout }))
    if (lastLine.test(line)) ms = performance.now() - started
  const [code] = await ended
  if (code !== 0 || Number.isNaN(ms)) throw new Error(`${args.join(' ')} ended with ${code}`)
  return ms
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

try {
  // The first of each fills the cache.
  await mockttp()
  await demo()
  const pairs: { demo: number; mockttp: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) pairs.push({ mockttp: await mockttp(), demo: await demo() })
  const print = (what: string, figure: string) => process.stdout.write(`  ${what.padEnd(38)} ${figure}\n`)
  print('start Node, load mockttp', `${median(pairs.map((pair) => pair.mockttp)).toFixed(0)} ms`)
  print('attack-demo, to its last line', `${median(pairs.map((pair) => pair.demo)).toFixed(0)} ms`)
  print('ratio', `${median(pairs.map((pair) => pair.demo / pair.mockttp)).toFixed(2)} (aim: 1.5 at most)`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
