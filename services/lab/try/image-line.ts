import { constants } from 'node:os'
import type { CommandEnd } from '#client/external/command.ts'
import type { CommandLine } from '#client/external/process-group.ts'

export interface Container {
  readonly name: string
  readonly label: string
  /** The café's. */
  readonly network: string
  /** It is told on stdin what to ask. */
  readonly listens: boolean
  /** Where its own Java keeps whom it trusts, beside where Debian's does. */
  readonly cacerts: readonly string[]
  /** From a path in the container to the one on this machine. */
  readonly mounted: ReadonlyMap<string, string>
  /** The environment of the engine's command. */
  readonly env: Readonly<Record<string, string>>
}

/** Where Debian, Alpine and Fedora look for a PEM bundle. */
const BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/cert.pem', '/etc/pki/tls/certs/ca-bundle.crt']
/** Where Debian's Java looks. */
const CACERTS = '/etc/ssl/certs/java/cacerts'

/**
 * What runs an image once, with nothing of this machine's but whom the device trusts, and no way out but the café's.
 * @param line the image, its arguments, and the program's whole environment
 */
export function dockerRun({ command: image, args, env }: CommandLine, container: Container): CommandLine {
  const { name, label, network, listens, mounted } = container
  const places = new Map(Object.values(env).flatMap((value) => (mounted.has(value) ? [[value, value] as const] : [])))
  const { LAB_CA: ca = '', LAB_CA_JKS: jks = '' } = env
  for (const place of BUNDLES) places.set(place, ca)
  for (const place of [CACERTS, ...container.cacerts]) places.set(place, jks)
  const mounts = [...places].map(([target, from]) => bind(mounted.get(from) ?? from, target))
  return {
    command: 'docker',
    args: [
      ...['run', '--rm', '--pull', 'never', '--name', name, '--label', label, '--network', network],
      ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      // What it writes is read here, and may be more than the engine's disk holds.
      ...['--log-driver', 'none'],
      ...['--memory', '1g', '--pids-limit', '512', ...(listens ? ['--interactive'] : [])],
      ...mounts.flatMap((mount) => ['--mount', mount]),
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[image, ...args],
    ],
    env: container.env,
  }
}

/** How the program ended, from how `docker run` did: https://docs.docker.com/engine/containers/run/#exit-status */
export function endInside(end: CommandEnd): CommandEnd {
  if (end.how !== 'exit') return end
  if (end.code === 125) return { ...end, how: 'not-started', why: end.output.trim() }
  const signal = Object.entries(constants.signals).find(([, number]) => end.code === 128 + number)
  // The keys of that object are the names of signals.
  return signal ? { ...end, how: 'signal', signal: signal[0] as NodeJS.Signals } : end
}

function bind(source: string, target: string): string {
  return ['type=bind', `source=${source}`, `target=${target}`, 'readonly'].map(quoted).join(',')
}

/** The engine reads mounts as a line of CSV. */
function quoted(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
