import { LabError } from '#kit/error.ts'
import type { FileRegistry } from './registry.ts'
import { measureShipped, type ShippedApp } from './shipped.ts'

export interface RegisterOptions {
  readonly app: ShippedApp
  readonly name: string
  readonly now: () => Date
}

export interface Registered {
  /** False when it was registered already. */
  readonly added: boolean
  readonly measurement: string
}

/** Registers the app as it is on disk; once is enough. */
export async function register(registry: FileRegistry, options: RegisterOptions): Promise<Registered> {
  const measurement = await measureShipped(options.app)
  const added = await registry.add({ measurement, name: options.name, registeredAt: options.now().toISOString() })
  return { added, measurement }
}

export function registeredAsText({ added, measurement }: Registered, { app, name }: RegisterOptions): string {
  return [
    `${added ? 'registered' : 'was registered already:'} ${name}`,
    `  measurement  ${measurement}`,
    `  files        ${app.folder}`,
    `  pins         ${app.pins}`,
    `  certificate  ${app.certificate}`,
  ].join('\n')
}

/** @param measurement the app as it is on disk when absent */
export async function unregister(registry: FileRegistry, app: ShippedApp, measurement?: string): Promise<string> {
  const wanted = measurement ?? (await measureShipped(app))
  if (await registry.remove(wanted)) return `removed ${wanted}: it gets worthless tokens from now on`
  throw new LabError('NOT_REGISTERED', `no app with the measurement ${wanted} is registered`, {
    hint: 'see which are: npm run register -- --list',
  })
}

export async function listRegistered(registry: FileRegistry): Promise<string> {
  const list = await registry.list()
  if (list.length === 0) return 'no app is registered yet: npm run register'
  return list.map((one) => `${one.measurement}  ${one.registeredAt}  ${one.name}`).join('\n')
}
