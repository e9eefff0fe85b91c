import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, sep } from 'node:path'
import { type Import, readSource, type Source } from './source.ts'

type Part = 'kit' | 'pin' | 'certs' | 'nasa' | 'attestation' | 'proxy' | 'client' | 'mitm' | 'lab'

/** Longest folder first, for pin lives inside client. */
const FOLDERS: readonly (readonly [string, Part])[] = [
  ['services/client/pin/', 'pin'],
  ['services/kit/', 'kit'],
  ['services/nasa/', 'nasa'],
  ['services/attestation/', 'attestation'],
  ['services/proxy/', 'proxy'],
  ['services/client/', 'client'],
  ['services/lab/', 'lab'],
  ['certs/', 'certs'],
  ['mitm/', 'mitm'],
]

/** The attacker never imports the defender, nor the defender the attacker; only the lab knows both. */
const MAY_IMPORT: Readonly<Record<Part, readonly Part[]>> = {
  kit: [],
  pin: [],
  certs: ['kit'],
  nasa: ['kit'],
  attestation: ['kit'],
  proxy: ['kit'],
  client: ['kit', 'pin'],
  mitm: ['kit', 'certs'],
  lab: ['kit', 'pin', 'certs', 'nasa', 'attestation', 'proxy', 'client', 'mitm'],
}

/** One file may do what the rest of its part may not. */
const EXCEPTIONS = {
  import: { 'services/client/pin/main.ts': ['kit'] },
  package: {
    pin: { got: 'services/client/pin/got.ts', undici: 'services/client/pin/fetch.ts' },
    mockttp: ['mitm/recorder.ts'],
  },
  computedImport: ['services/kit/catalogue.ts', 'services/kit/launch.mjs'],
  /** Programs of their own, as main.ts is. */
  global: ['services/kit/launch.mjs'],
} as const

const MOST_LINES = 250
/** Node's own switch for "trust everything": the library must see it in order to refuse. */
const PIN_READS = 'process.env.NODE_TLS_REJECT_UNAUTHORIZED'

const SOURCE_ROOTS = ['certs', 'mitm', 'services', 'tests', 'bench']
const IGNORED = ['node_modules', 'generated', 'reports']

/** Every `.ts`, `.mts`, `.mjs` and `.js` file, as `services/kit/error.ts`, sorted. */
export function sourceFiles(root: string): string[] {
  const found: string[] = []
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory() && !IGNORED.includes(entry.name)) visit(path)
      else if (entry.isFile() && /\.(m?ts|m?js)$/.test(entry.name)) found.push(path)
    }
  }
  const here = readdirSync(root)
  for (const folder of SOURCE_ROOTS) if (here.includes(folder)) visit(folder)
  return found.sort()
}

/** One sentence for each broken rule; empty when the house is in order. */
export function violations(root: string): string[] {
  const sources = new Map(sourceFiles(root).map((path) => [path, readSource(readFileSync(join(root, path), 'utf8'))]))
  const packages = productionPackages(root)
  const found = [...sources].flatMap(([path, source]) => [
    ...source.imports.flatMap((one) => importComplaints(path, one, { known: sources, packages })),
    ...globalComplaints(path, source),
    ...shapeComplaints(path, source),
  ])
  return [...found, ...cycles(sources)]
}

interface House {
  readonly known: ReadonlyMap<string, Source>
  readonly packages: readonly string[]
}

function productionPackages(root: string): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object }
  return Object.keys(dependencies)
}

/** The programs of the reference clients are nobody's part: each stands alone, to be copied, and no part may import one. */
const RECIPE = /^services\/client\/reference\/[^/]+\//

export function partOf(path: string): Part | undefined {
  return RECIPE.test(path) ? undefined : FOLDERS.find(([folder]) => path.startsWith(folder))?.[1]
}

function importComplaints(path: string, { line, specifier }: Import, house: House): string[] {
  const at = `${path}:${line}`
  const part = partOf(path)
  if (specifier === undefined) {
    const allowed = part === undefined || EXCEPTIONS.computedImport.some((one) => one === path)
    return allowed ? [] : [`${at}: imports a computed path`]
  }
  const target = resolveImport(path, specifier)
  if (target === undefined) return packageComplaints(path, at, specifier, house)
  if (!house.known.has(target)) return [`${at}: ${specifier} leads to no file`]
  return part === undefined ? [] : partComplaints(path, at, { part, specifier, target })
}

function partComplaints(path: string, at: string, to: { part: Part; specifier: string; target: string }): string[] {
  const other = partOf(to.target)
  const byName = to.specifier.startsWith('#')
  if (other === to.part) return byName ? [`${at}: ${to.specifier} is of the same part; write it relative`] : []
  if (other === undefined) return [`${at}: ${to.part} may not import ${to.target}`]
  const excepted: readonly Part[] = Object.entries(EXCEPTIONS.import).find(([file]) => file === path)?.[1] ?? []
  const complaints = []
  if (![...MAY_IMPORT[to.part], ...excepted].includes(other))
    complaints.push(`${at}: ${to.part} may not import ${other}`)
  if (!byName) complaints.push(`${at}: ${to.specifier} crosses parts; write #${other}/…`)
  return complaints
}

function packageComplaints(path: string, at: string, specifier: string, house: House): string[] {
  if (specifier.startsWith('node:')) return []
  const part = partOf(path)
  if (part === undefined) return []
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const complaints = []
  if (!house.packages.includes(name)) complaints.push(`${at}: ${name} is not a dependency in package.json`)
  const home = Object.entries(EXCEPTIONS.package.pin).find(([one]) => one === name)?.[1]
  if (part === 'pin' && path !== home && path !== 'services/client/pin/main.ts') {
    complaints.push(`${at}: pin may not import ${name} (got only in got.ts, undici only in fetch.ts)`)
  }
  if (name === 'mockttp' && !EXCEPTIONS.package.mockttp.some((one) => one === path)) {
    complaints.push(`${at}: mockttp is imported in ${EXCEPTIONS.package.mockttp} and nowhere else`)
  }
  return complaints
}

function globalComplaints(path: string, source: Source): string[] {
  const part = partOf(path)
  if (part === undefined || basename(path) === 'main.ts' || EXCEPTIONS.global.some((one) => one === path)) return []
  const wrong = source.globals.filter((name) => !(part === 'pin' && name === PIN_READS))
  return [...new Set(wrong)].map((name) => `${path}: ${name} belongs in main.ts`)
}

function shapeComplaints(path: string, source: Source): string[] {
  const complaints = []
  if (source.lines > MOST_LINES) complaints.push(`${path}: ${source.lines} lines, and ${MOST_LINES} is the most`)
  if (/^index\./.test(basename(path)) && path !== 'services/client/pin/index.ts') {
    complaints.push(`${path}: only the pinning library has an index; name the file after what it holds`)
  }
  return complaints
}

/** The path that an import of ours leads to; undefined for a package or a module of Node's. */
function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(dirname(from).split(sep).join('/'), specifier)
  const [, name, rest] = /^#([^/]+)\/(.+)$/.exec(specifier) ?? []
  if (name === undefined || rest === undefined) return undefined
  const folder = FOLDERS.find(([, part]) => part === name)?.[0]
  return folder === undefined ? specifier : folder + rest
}

/** Each import cycle once, as `a.ts → b.ts → a.ts`; type-only imports count. */
function cycles(sources: ReadonlyMap<string, Source>): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push(`import cycle: ${[...trail.slice(start), path].join(' → ')}`)
    if (start >= 0 || done.has(path)) return
    for (const { specifier } of sources.get(path)?.imports ?? []) {
      const target = specifier === undefined ? undefined : resolveImport(path, specifier)
      if (target !== undefined) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}
