import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { commandLines, pages, readText, root } from '../support/documents.ts'

const scripts = Object.keys((JSON.parse(readText('package.json')) as { scripts: object }).scripts)

const named = (pattern: RegExp) =>
  pages().flatMap(({ path, text }) =>
    commandLines(text).flatMap((line) => [...line.matchAll(pattern)].map(([, name = '']) => ({ path, name, line }))),
  )

test('each `npm run` that a page names is a script', () => {
  const runs = named(/npm run (?:--?[\w-]+ )*([a-z][\w-]*)/g)
  expect(runs.length).toBeGreaterThan(3)
  expect(runs.filter(({ name }) => !scripts.includes(name))).toEqual([])
})

test('each script is named by a page', () => {
  const told = new Set(named(/npm (?:run )?(?:--?[\w-]+ )*([a-z][\w-]*)/g).map(({ name }) => name))
  expect(scripts.filter((name) => !told.has(name))).toEqual([])
})

test('each option after `--` is one that the command knows', () => {
  const used = named(/npm run (?:--?[\w-]+ )*([a-z][\w-]* -- .*--[a-z].*)$/g).flatMap(({ path, name }) => {
    const [script = '', ...rest] = name.split(/\s+/)
    const words = rest.slice(1)
    // What comes after a program that is not ours is that program's to know.
    if (script === 'try') words.splice(ownWords(words))
    const subcommand = words[0] && script !== 'try' && /^[a-z][a-z-]*$/.test(words[0]) ? words[0] : undefined
    return words
      .filter((word) => /^--[a-z]/.test(word))
      .map((option) => ({ path, script, subcommand, option: option.replace(/=.*/, '') }))
  })
  const unknown = used.filter(({ script, subcommand, option }) => !helpOf(script, subcommand).includes(option))
  expect(unknown).toEqual([])
})

test('each `docker compose` command names services that the Compose file has', () => {
  const services = composeServices()
  const calls = named(/docker compose (.+?)(?:$|[|;&>])/g).map((call) => ({ ...call, words: call.name.split(/\s+/) }))
  expect(calls.length).toBeGreaterThan(1)
  const wrong = calls.filter(({ words }) => composeComplaint(words, services) !== undefined)
  expect(wrong.map(({ path, line, words }) => `${path}: ${line}: ${composeComplaint(words, services)}`)).toEqual([])
})

/** How many words of a `try` are options of the lab's, before the program is named. */
function ownWords(words: readonly string[]): number {
  const end = words.findIndex((word, index) => !word.startsWith('-') && !/^--[a-z-]+$/.test(words[index - 1] ?? ''))
  return end < 0 ? words.length : end
}

const helps = new Map<string, string>()

function helpOf(script: string, subcommand: string | undefined): string {
  const words = [script, '--', ...(subcommand ? [subcommand] : []), '--help']
  const key = words.join(' ')
  const help =
    helps.get(key) ??
    execFileSync('npm', ['run', '--silent', ...words], { cwd: root, shell: process.platform === 'win32' }).toString()
  helps.set(key, help)
  return help
}

function composeServices(): string[] {
  const [, block = ''] = /^services:\n((?:[ \t].*\n|\n|#.*\n)*)/m.exec(readText('docker-compose.yml')) ?? []
  return [...block.matchAll(/^ {2}([a-z][\w-]*):/gm)].map(([, name = '']) => name)
}

const WITH_SERVICES = ['up', 'run', 'logs', 'exec', 'stop', 'start', 'restart', 'build', 'ps', 'port', 'rm', 'kill']
const WITHOUT = ['down', 'config', 'pull', 'ls', 'version', 'top', 'events', 'watch', 'cp']

function composeComplaint(words: readonly string[], services: readonly string[]): string | undefined {
  // Options of `docker compose` itself that take a value.
  const command = words.filter(
    (word, index) => !(['-p', '-f'].includes(word) || ['-p', '-f'].includes(words[index - 1] ?? '')),
  )
  const [verb = '', ...rest] = command
  if (!WITH_SERVICES.includes(verb) && !WITHOUT.includes(verb)) return `unknown command ${verb}`
  if (WITHOUT.includes(verb)) return undefined
  const one = ['run', 'exec', 'port'].includes(verb)
  const plain = rest.filter((word) => !word.startsWith('-') && !word.includes('='))
  const named = one ? plain.slice(0, 1) : plain
  const unknown = named.find((word) => !services.includes(word) && !/^[<…]|^\d+$/.test(word))
  return unknown === undefined ? undefined : `no service ${unknown}`
}
