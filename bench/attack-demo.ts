// How long `npm run attack-demo` takes from start to its last line. The peer is what Node needs to start and to load
// mockttp alone, with the same compile cache; they take turns, so that a busy machine slows both.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { figure, median, ratioOf, TIMES } from './support/results.ts'
import { inTurns } from './support/turns.ts'

const BENCH = 'attack-demo'
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

try {
  // The first of each fills the cache.
  await mockttp()
  await demo()
  const [alone = [], ours = []] = await inTurns([mockttp, demo], ROUNDS, (act) => act())
  figure({ bench: BENCH, what: 'start Node, load mockttp', value: median(alone), unit: 'ms' })
  figure({ bench: BENCH, what: 'attack-demo, to its last line', value: median(ours), unit: 'ms' })
  const ratio = { value: ratioOf(ours, alone), unit: TIMES }
  figure({ bench: BENCH, what: 'attack-demo beside loading mockttp', ...ratio }, 'aim: 1.5 at most')
} finally {
  await rm(folder, { recursive: true, force: true })
}
