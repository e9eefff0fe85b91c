// The first thing every npm script runs. Plain JavaScript, for it must start on the host's own Node (20 or newer), with
// nothing installed yet: it installs what the lockfile names when node_modules is missing or stale, then hands over to
// the Node 24 that came with it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules', '.cache', 'compile')
const runtime = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

const say = (line) => process.stderr.write(`pinning-lab: ${line}\n`)
const giveUp = (code, message, hint) => {
  process.stderr.write(`${code}: ${message}\n  hint: ${hint}\n`)
  process.exit(2)
}
const major = (version) => Number(version.split('.')[0])

function stale() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return 'node_modules is missing'
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.optional || entry.devOptional || entry.link) continue
    if (have[name]?.version !== entry.version)
      return `${name} is ${have[name]?.version ?? 'missing'}, the lockfile wants ${entry.version}`
  }
  return undefined
}

// Two first commands at once: one installs, the other waits for it.
async function install(reason) {
  const lock = join(root, '.install.lock')
  let waiting = false
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST')
        giveUp(
          'CANNOT_WRITE',
          `cannot write in ${root}: ${error.code}`,
          'make the folder writable, or copy it to one that is',
        )
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 15 * 60_000) {
        rmdirSync(lock)
        continue
      }
      if (!waiting) say('another command is installing; waiting for it')
      waiting = true
      await new Promise((wake) => setTimeout(wake, 300))
    }
  }
  const unlock = () => existsSync(lock) && rmdirSync(lock)
  process.once('SIGINT', () => {
    unlock()
    process.exit(130)
  })
  try {
    if (waiting && !stale()) return
    say(`${reason}; installing what package-lock.json names (npm ci)`)
    const npm = process.env.npm_execpath
    const [command, args] = npm ? [process.execPath, [npm]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
    const done = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: !npm && process.platform === 'win32',
    })
    if (done.status !== 0) {
      unlock()
      if (done.signal === 'SIGINT') process.exit(130)
      giveUp(
        'INSTALL_FAILED',
        `npm ci ended with ${done.status ?? done.signal ?? done.error?.code}`,
        'look at its lines above; is the npm registry reachable?',
      )
    }
  } finally {
    unlock()
  }
}

if (major(process.versions.node) < 20) {
  giveUp(
    'NODE_TOO_OLD',
    `this is Node ${process.versions.node}, the lab starts on 20 or newer`,
    'install a current Node: https://nodejs.org',
  )
}
const reason = stale()
if (reason) await install(reason)

const args = process.argv.slice(2)
const flags = args.filter(
  (arg, index) => arg.startsWith('--') && args.slice(0, index).every((before) => before.startsWith('--')),
)
const [script, ...rest] = args.slice(flags.length)
if (!script) giveUp('NOTHING_TO_RUN', 'no script was named', 'use the npm scripts: npm run')

if (major(process.versions.node) >= 24 && flags.length === 0) {
  enableCompileCache(cache)
  process.argv = [process.execPath, resolve(root, script), ...rest]
  await import(pathToFileURL(resolve(root, script)).href)
} else {
  const node = existsSync(runtime) ? runtime : process.execPath
  if (node === process.execPath && major(process.versions.node) < 24) {
    giveUp(
      'RUNTIME_MISSING',
      'the Node 24 that the lockfile names was not installed',
      'run: npm ci --ignore-scripts=false, or use Node 24 or newer',
    )
  }
  const child = spawn(node, [...flags, resolve(root, script), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache },
  })
  // A terminal sends Ctrl-C to the child too; a plain kill reaches only this process, so it is passed on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}
