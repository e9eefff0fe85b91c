import { spawnSync } from 'node:child_process'
import { chmod, mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { npm, packTemplate, project, removeTemplate } from '../support/mini-project.ts'

const posixTest = process.platform === 'win32' ? test.skip : test

/** To root no folder is read-only. */
const nobody = process.getuid?.() === 0 ? { uid: 65534 } : {}

beforeAll(packTemplate)
afterAll(removeTemplate)

/** Makes this Node say that it is another version. */
function pretend(version: string): string[] {
  return before(`Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`)
}

const without = (name: 'loadEnvFile') => before(`process.${name} = undefined`)

const before = (code: string) => ['--import', `data:text/javascript,${encodeURIComponent(code)}`]

describe('installing', () => {
  test('a missing node_modules is installed, said on stderr, and the script runs with its arguments', async () => {
    await using mini = await project()
    const { code, stdout, stderr } = await mini.launch(['hello.mjs', 'a', '--b', 'c d']).ended
    expect(stderr).toMatch(/^pinning-lab: node_modules is missing or incomplete; installing .*npm ci/)
    expect(JSON.parse(stdout)).toMatchObject({ word: 'word 1.0.0', args: ['a', '--b', 'c d'] })
    expect(code).toBe(0)
    expect(mini.has('.install.lock')).toBe(false)
  })

  test('a fresh node_modules is left alone, a stale one is installed again', async () => {
    await using mini = await project('installed')
    expect(await mini.launch(['hello.mjs']).ended).toMatchObject({ stderr: '', code: 0 })
    await mini.want('2.0.0')
    const { stdout, stderr } = await mini.launch(['hello.mjs']).ended
    expect(stderr).toContain('node_modules/word is 1.0.0, and the lockfile wants 2.0.0')
    expect(stdout).toContain('word 2.0.0')
  })

  test('an install that was cut off is done again', async () => {
    await using mini = await project()
    await mini.write('node_modules/word/package.json', '{"name":"wo')
    expect((await mini.launch(['hello.mjs']).ended).stdout).toContain('word 1.0.0')
  })

  test('development packages are installed whatever NODE_ENV says', async () => {
    await using mini = await project()
    for (const file of ['package.json', 'package-lock.json']) {
      await mini.write(
        file,
        (await mini.read(file))
          .replace('dependencies', 'devDependencies')
          .replace('"version"', '"dev": true, "version"'),
      )
    }
    const { stdout } = await mini.launch(['hello.mjs'], { env: { NODE_ENV: 'production' } }).ended
    expect(stdout).toContain('word 1.0.0')
  })

  test('of two first commands at once one installs, and both run', async () => {
    await using mini = await project()
    const both = await Promise.all([mini.launch(['hello.mjs']).ended, mini.launch(['hello.mjs']).ended])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(both.filter(({ stderr }) => stderr.includes('installing what'))).toHaveLength(1)
  })

  test('a command waits for the one that installs, then uses what it installed', async () => {
    await using mini = await project()
    await mini.write('.install.lock', String(process.pid))
    const second = mini.launch(['hello.mjs'])
    await second.says('another command is installing; waiting for it')
    npm(mini.folder, 'ci', '--offline', '--silent')
    await rm(join(mini.folder, '.install.lock'))
    const { stdout, stderr } = await second.ended
    expect(stderr).not.toContain('npm ci')
    expect(stdout).toContain('word 1.0.0')
  })

  test('the lock of a killed command holds nobody up', async () => {
    await using mini = await project()
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    await mini.write('.install.lock', String(pid))
    const { code, stderr } = await mini.launch(['hello.mjs']).ended
    expect(stderr).not.toContain('waiting')
    expect(code).toBe(0)
  })

  test('a failed install says so, leaves no lock, and ends with 1', async () => {
    await using mini = await project()
    // npm keeps what it has seen in a cache; with another hash it must open the file itself.
    await mini.write('package-lock.json', (await mini.read('package-lock.json')).replace(/sha512-..../, 'sha512-AAAA'))
    const { code, stderr } = await mini.launch(['hello.mjs']).ended
    expect(stderr).toMatch(/INSTALL_FAILED: npm ci ended with \d+\n {2}hint: .*npm ci/)
    expect(code).toBe(1)
    expect(mini.has('.install.lock')).toBe(false)
  })

  test('a lockfile that cannot be read is named', async () => {
    await using mini = await project('installed')
    await mini.write('package-lock.json', '<<<<<<< ours')
    const { code, stderr } = await mini.launch(['hello.mjs']).ended
    expect(stderr).toMatch(/the lockfile cannot be read[\s\S]*INSTALL_FAILED/)
    expect(code).toBe(1)
  })

  posixTest('a folder that cannot be written ends with 2 and one sentence', async () => {
    await using mini = await project()
    await chmod(mini.folder, 0o555)
    const { code, stderr } = await mini.launch(['hello.mjs'], nobody).ended
    await chmod(mini.folder, 0o755)
    expect(stderr).toMatch(/^CANNOT_WRITE: cannot install into .*: EACCES\n {2}hint: .*\n$/)
    expect(code).toBe(2)
  })

  posixTest('a signal during the install ends npm too, and leaves no lock', async () => {
    await using mini = await project()
    await mini.write(
      'slow/npm-cli.js',
      `require('fs').writeFileSync('pid', String(process.pid)); console.log('busy'); setInterval(() => {}, 1000)`,
    )
    const running = mini.launch(['hello.mjs'], { env: { npm_execpath: join(mini.folder, 'slow/npm-cli.js') } })
    await running.says('busy')
    running.child.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143, stdout: '' })
    expect(mini.has('.install.lock')).toBe(false)
    const pid = Number(await mini.read('pid'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

describe('handing over', () => {
  test('flags before the script go to Node', async () => {
    await using mini = await project('installed')
    const { stdout } = await mini.launch(['--no-warnings', '--stack-size=900', 'hello.mjs', '--json']).ended
    expect(JSON.parse(stdout)).toMatchObject({ args: ['--json'], flags: ['--no-warnings', '--stack-size=900'] })
  })

  posixTest('an older Node hands over to the one of the lockfile', async () => {
    await using mini = await project('installed')
    await mkdir(join(mini.folder, 'node_modules/node/bin'), { recursive: true })
    await symlink(process.execPath, join(mini.folder, 'node_modules/node/bin/node'))
    await mini.write('version.mjs', 'console.log(process.versions.node)')
    const { stdout } = await mini.launch(['version.mjs'], { node: pretend('20.1.0') }).ended
    expect(stdout.trim()).toBe(process.versions.node)
  })

  test('an older Node without the runtime says what to type', async () => {
    await using mini = await project('installed')
    const { code, stderr } = await mini.launch(['hello.mjs'], { node: pretend('22.0.0') }).ended
    expect(stderr).toMatch(/RUNTIME_MISSING: .*\n {2}hint: run: npm ci .*\n$/)
    expect(code).toBe(1)
  })

  test('a Node that is too old is refused before anything is installed', async () => {
    await using mini = await project()
    const { code, stderr } = await mini.launch(['hello.mjs'], { node: pretend('18.19.0') }).ended
    expect(stderr).toMatch(/^NODE_TOO_OLD: this is Node 18\.19\.0, and the lab starts on 20 or newer\n {2}hint: .*\n$/)
    expect(code).toBe(2)
    expect(mini.has('node_modules')).toBe(false)
  })

  posixTest('an installed lab runs from a folder that cannot be written', async () => {
    await using mini = await project('installed')
    await chmod(join(mini.folder, 'node_modules'), 0o555)
    await chmod(mini.folder, 0o555)
    const { code, stderr } = await mini.launch(['hello.mjs'], nobody).ended
    await chmod(join(mini.folder, 'node_modules'), 0o755)
    await chmod(mini.folder, 0o755)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test.each([[[]], [['--no-warnings']]])('.env is read, and the shell outranks it (flags: %j)', async (flags) => {
    await using mini = await project('installed')
    await mini.write('.env', 'PROXY_PORT=1\nPROXY_HOST=::1\n')
    await mini.write('settings.mjs', 'console.log(process.env.PROXY_PORT, process.env.PROXY_HOST)')
    const { stdout } = await mini.launch([...flags, 'settings.mjs'], { env: { PROXY_PORT: '2' } }).ended
    expect(stdout).toBe('2 ::1\n')
  })

  posixTest('.env is read also under a Node that cannot read it', async () => {
    await using mini = await project('installed')
    await mkdir(join(mini.folder, 'node_modules/node/bin'), { recursive: true })
    await symlink(process.execPath, join(mini.folder, 'node_modules/node/bin/node'))
    await mini.write('.env', 'PROXY_PORT=1\n')
    await mini.write('settings.mjs', 'console.log(process.env.PROXY_PORT)')
    const { stdout } = await mini.launch(['settings.mjs'], { node: [...pretend('20.9.0'), ...without('loadEnvFile')] })
      .ended
    expect(stdout).toBe('1\n')
  })

  test('.env that cannot be read is one sentence', async () => {
    await using mini = await project('installed')
    await mkdir(join(mini.folder, '.env'))
    const { code, stderr } = await mini.launch(['hello.mjs']).ended
    expect(stderr).toMatch(/^CANNOT_READ: cannot read .*\.env: E\w+\n {2}hint: .*\n$/)
    expect(code).toBe(2)
  })

  test('.env is not read for tools', async () => {
    await using mini = await project('installed')
    await mini.write('.env', 'PROXY_PORT=1\n')
    await mini.write('node_modules/tool/tool.mjs', 'console.log(process.env.PROXY_PORT)')
    expect((await mini.launch(['node_modules/tool/tool.mjs']).ended).stdout).toBe('undefined\n')
  })

  test('no script is refused', async () => {
    await using mini = await project('installed')
    expect(await mini.launch(['--json']).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('NOTHING_TO_RUN'),
    })
  })

  test.each([[[]], [['--no-warnings']]])("the script's exit code is passed on (flags: %j)", async (flags) => {
    await using mini = await project('installed')
    await mini.write('three.mjs', 'process.exitCode = 3')
    expect((await mini.launch([...flags, 'three.mjs']).ended).code).toBe(3)
  })

  posixTest.each([
    ['SIGINT', []],
    ['SIGTERM', []],
    ['SIGINT', ['--no-warnings']],
    ['SIGTERM', ['--no-warnings']],
  ] as const)('%s reaches the script (flags: %j)', async (signal, flags) => {
    await using mini = await project('installed')
    await mini.write(
      'wait.mjs',
      `process.on('${signal}', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`,
    )
    const running = mini.launch([...flags, 'wait.mjs'])
    await running.says('ready')
    running.child.kill(signal)
    expect((await running.ended).code).toBe(7)
  })

  posixTest('a script that a signal ended gives 128 and its number', async () => {
    await using mini = await project('installed')
    await mini.write('die.mjs', "process.kill(process.pid, 'SIGKILL')")
    expect((await mini.launch(['--no-warnings', 'die.mjs']).ended).code).toBe(137)
  })
})
