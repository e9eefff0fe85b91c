import { type ParseResult, parse } from '@babel/parser'

export interface Source {
  /** Every module named, in whatever way: import, export … from, import type, import('…'), typeof import('…'), require('…'). */
  readonly imports: readonly Import[]
  /** What only main.ts may touch: `process.env`, `process.env.HOME`, `process.argv`, `process.exit`, `console`. */
  readonly globals: readonly string[]
  /** Every string literal and every piece of a template, comments aside. */
  readonly strings: readonly string[]
  readonly lines: number
}

export interface Import {
  readonly line: number
  /** undefined when the module is computed at run time */
  readonly specifier: string | undefined
}

/** @throws SyntaxError naming the place */
export function readSource(text: string): Source {
  const tree: ParseResult = parse(text, { sourceType: 'module', plugins: ['typescript', 'explicitResourceManagement'] })
  const imports: Import[] = []
  const globals: string[] = []
  const strings: string[] = []
  // The walk needs nothing of a node but its `type` and what hangs on it.
  walk(tree.program as unknown as Node, undefined, (node, parent) => {
    const specifier = moduleNode(node)
    if (specifier) imports.push({ line: lineOf(node), specifier: literal(specifier) })
    globals.push(...globalsAt(node, parent))
    if (node.type === 'StringLiteral') strings.push(String(node.value))
    if (node.type === 'TemplateElement') strings.push((node.value as { cooked: string }).cooked)
  })
  return { imports, globals, strings, lines: text.replace(/\n$/, '').split('\n').length }
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function walk(node: Node, parent: Node | undefined, visit: (node: Node, parent: Node | undefined) => void): void {
  visit(node, parent)
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc' || key.endsWith('Comments') || key === 'errors' || key === 'tokens') continue
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, node, visit)
  }
}

const lineOf = (node: Node) => (node.loc as { start: { line: number } }).start.line

/** The node that holds the specifier, when this node names a module. */
function moduleNode(node: Node): Node | undefined {
  const holder = {
    ImportDeclaration: node.source,
    ExportNamedDeclaration: node.source,
    ExportAllDeclaration: node.source,
    ImportExpression: node.source,
    TSImportType: node.argument ?? node.source,
    TSExternalModuleReference: node.expression,
    CallExpression: isLoader(node.callee) && Array.isArray(node.arguments) ? node.arguments[0] : undefined,
  }[node.type]
  return isNode(holder) ? holder : undefined
}

function isLoader(callee: unknown): boolean {
  if (!isNode(callee)) return false
  if (callee.type === 'Import' || isNamed(callee, 'require')) return true
  // import.meta.resolve('…')
  return callee.type === 'MemberExpression' && isNode(callee.object) && callee.object.type === 'MetaProperty'
}

function literal(node: Node): string | undefined {
  // TSImportType wraps its string in a TSLiteralType.
  const inner = isNode(node.literal) ? node.literal : node
  if (typeof inner.value === 'string') return inner.value
  const [only, ...more] = Array.isArray(inner.quasis) ? inner.quasis : []
  return more.length === 0 && isNode(only) ? (only.value as { cooked: string }).cooked : undefined
}

function isNamed(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node.name === name
}

function propertyOf(node: Node): string {
  const { property, computed } = node
  if (!isNode(property)) return '?'
  return computed ? (literal(property) ?? '?') : String(property.name)
}

function isMember(node: unknown): node is Node {
  return isNode(node) && (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression')
}

const GUARDED = ['env', 'argv', 'exit', 'exitCode', '?']

function globalsAt(node: Node, parent: Node | undefined): string[] {
  if (isNamed(node, 'console')) return isPropertyName(node, parent) ? [] : ['console']
  if (node.type === 'ImportDeclaration') return importedGlobals(node)
  if (node.type === 'VariableDeclarator' && isProcess(node.init)) return takenFromProcess(node.id)
  if (!isMember(node) || !isProcess(node.object)) return []
  const property = propertyOf(node)
  if (!GUARDED.includes(property)) return []
  const deeper = property === 'env' && isMember(parent) && parent.object === node
  return [deeper ? `process.env.${propertyOf(parent)}` : `process.${property}`]
}

function takenFromProcess(target: unknown): string[] {
  if (!isNode(target) || !Array.isArray(target.properties)) return ['process']
  const names = target.properties.map((one: Node) => (isNode(one.key) ? String(one.key.name) : '?'))
  return names.filter((name) => GUARDED.includes(name)).map((name) => `process.${name}`)
}

function isProcess(node: unknown): boolean {
  return (
    isNamed(node, 'process') || (isMember(node) && isNamed(node.object, 'globalThis') && propertyOf(node) === 'process')
  )
}

function importedGlobals(node: Node): string[] {
  const from = isNode(node.source) ? literal(node.source)?.replace(/^node:/, '') : undefined
  if (from === 'console') return ['console']
  if (from !== 'process' || !Array.isArray(node.specifiers)) return []
  const names = node.specifiers.map((one: Node) => (isNode(one.imported) ? String(one.imported.name) : '?'))
  return names.filter((name) => GUARDED.includes(name)).map((name) => `process.${name}`)
}

function isPropertyName(node: Node, parent: Node | undefined): boolean {
  if (!parent) return false
  return (isMember(parent) && parent.property === node && !parent.computed) || (parent.key === node && !parent.computed)
}
