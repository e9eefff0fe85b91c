// The first thing every npm script runs. Plain JavaScript, for it must start on the host's own Node (20 or newer) with
// nothing installed yet: it installs what the lockfile names when node_modules is missing or stale, then hands over to
// the Node 24 that came with it.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
// As a namespace: Node 20 has no enableCompileCache, and a named import of it would end there.
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const EXIT = { broken: 1, usage: 2 }
const WINDOWS = process.platform === 'win32'
const root = fileURLToPath(new URL('../..', import.meta.url))
const lock = join(root, '.install.lock')
const compileCache = join(root, 'node_modules', '.cache', 'compile')
const runtime = join(root, 'node_modules', 'node', 'bin', WINDOWS ? 'node.exe' : 'node')

const version = process.versions.node
const major = Number(version.split('.')[0])
if (major < 20) {
  const hint = 'install a current Node: https://nodejs.org'
  giveUp(EXIT.usage, `NODE_TOO_OLD: this is Node ${version}, and the lab starts on 20 or newer`, hint)
}

const args = process.argv.slice(2)
const at = args.findIndex((arg) => !arg.startsWith('--'))
if (at < 0) giveUp(EXIT.usage, 'NOTHING_TO_RUN: no script was named', 'list the commands: npm run')
const flags = args.slice(0, at)
const script = resolve(root, args[at])
const rest = args.slice(at + 1)

if (stale()) await install()
// For the lab's own programs, not for tools: a test must not depend on what somebody has in .env.
const envFile = script.startsWith(join(root, 'node_modules')) ? undefined : settingsFile()

if (major >= 24 && flags.length === 0) {
  // In this very process: a second Node would cost as much as the lab's own start. Without a cache it only starts slower.
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? compileCache)
  // What the shell has set stays, here and below.
  if (envFile) process.loadEnvFile(envFile)
  process.argv = [process.execPath, script, ...rest]
  await import(pathToFileURL(script).href)
} else {
  const node = major < 24 || existsSync(runtime) ? runtime : process.execPath
  const env = { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache }
  // Read by the newer Node: before 20.12 there is no loadEnvFile.
  const fromFile = envFile ? [`--env-file=${envFile}`] : []
  const ended = await run(node, [...fromFile, ...flags, script, ...rest], { stdio: 'inherit', env })
  if (ended.failed) {
    const hint = 'run: npm ci --include=dev --ignore-scripts=false, or use Node 24 or newer'
    giveUp(EXIT.broken, `RUNTIME_MISSING: the Node 24 of the lockfile does not start (${ended.failed})`, hint)
  }
  process.exit(ended.code)
}

/** The path of .env, when there is one. */
function settingsFile() {
  const file = join(root, '.env')
  try {
    readFileSync(file)
    return file
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    return giveUp(
      EXIT.usage,
      `CANNOT_READ: cannot read ${file}: ${error.code}`,
      'mend or remove it; all settings: .env.example',
    )
  }
}

function giveUp(exitCode, sentence, hint) {
  process.stderr.write(`${sentence}\n  hint: ${hint}\n`)
  process.exit(exitCode)
}

function say(line) {
  process.stderr.write(`pinning-lab: ${line}\n`)
}

/** Why an install is needed, in words; undefined when none is. */
function stale() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  // npm writes this file last, so an install that was cut off has none.
  if (!existsSync(installed)) return 'node_modules is missing or incomplete'
  try {
    const have = JSON.parse(readFileSync(installed, 'utf8')).packages
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    for (const [name, entry] of Object.entries(wanted)) {
      if (name === '' || entry.optional || entry.link) continue
      const found = have[name]?.version ?? 'missing'
      if (found !== entry.version) return `${name} is ${found}, and the lockfile wants ${entry.version}`
    }
    return undefined
  } catch (error) {
    return `the lockfile cannot be read (${error.message})`
  }
}

async function install() {
  await takeLock()
  // Another command may have installed while this one waited.
  const reason = stale()
  if (!reason) return rmSync(lock, { force: true })
  say(`${reason}; installing what package-lock.json names (npm ci)`)
  const ended = await npmCi()
  rmSync(lock, { force: true })
  if (ended.stoppedBy) process.exit(128 + constants.signals[ended.stoppedBy])
  if (ended.code !== 0) {
    const hint = 'look at its lines above, then run it by hand: npm ci'
    giveUp(EXIT.broken, `INSTALL_FAILED: npm ci ended with ${ended.failed ?? ended.code}`, hint)
  }
}

function npmCi() {
  // Under yarn or pnpm npm_execpath names those. npm.cmd cannot be started without a shell.
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined
  const [command, first] = npm ? [process.execPath, [npm]] : [WINDOWS ? 'npm.cmd' : 'npm', []]
  // --include=dev: the runtime is a development dependency, which NODE_ENV=production would leave out.
  return run(command, [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && WINDOWS,
    onSignal: () => say('interrupted; npm takes back what it has begun (again: at once), the next command installs'),
  })
}

// Two first commands at once: one installs, the other waits for it. The lock names its holder, so that the lock of a
// process that was killed does not hold up the next one.
async function takeLock() {
  for (let told = false; ; told = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return
    } catch (error) {
      if (error.code !== 'EEXIST') {
        const hint = 'make the folder writable, or copy it to one that is'
        giveUp(EXIT.usage, `CANNOT_WRITE: cannot install into ${root}: ${error.code}`, hint)
      }
    }
    if (abandoned()) rmSync(lock, { force: true })
    else {
      if (!told) say(`another command is installing; waiting for it (if there is none, remove ${lock})`)
      await new Promise((wake) => setTimeout(wake, 200))
    }
  }
}

function abandoned() {
  try {
    const holder = Number(readFileSync(lock, 'utf8'))
    // Created but not yet written, unless it stays so.
    if (!holder) return Date.now() - statSync(lock).mtimeMs > 10_000
    process.kill(holder, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Runs a child to its end; a signal that reaches only this process is passed on to it. */
function run(command, args, { onSignal, ...options }) {
  return new Promise((done) => {
    const child = spawn(command, args, options)
    let stoppedBy
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => {
      const pass = () => {
        if (!stoppedBy) onSignal?.()
        stoppedBy = name
        // A terminal's Ctrl-C has reached the child already, and npm takes a second one as "leave everything as it is".
        if (!WINDOWS && !(name === 'SIGINT' && process.stdin.isTTY)) child.kill(name)
      }
      process.on(name, pass)
      return () => process.off(name, pass)
    })
    const end = (result) => {
      for (const off of handlers) off()
      done({ ...result, stoppedBy })
    }
    child.once('error', (error) => end({ failed: error.code }))
    child.once('exit', (code, signal) => end({ code: code ?? 128 + constants.signals[signal] }))
  })
}
