import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Under which addresses a device finds what listens there: all of this machine's where that is every one. */
export function reachableAt(listenHost: string): readonly string[] {
  if (!EVERY.includes(listenHost)) return [listenHost]
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const usable = all.filter(({ internal, family, address }) => {
    // A link-local one means nothing without the name of an interface, which differs from device to device.
    if (internal || address.startsWith('fe80:')) return false
    return family === 'IPv4' || listenHost === '::'
  })
  return usable.length > 0 ? usable.map(({ address }) => address) : ['127.0.0.1']
}

/** `192.168.1.5:8888`, `[fd00::5]:8888` */
export function authorityOf(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`
}

export function isLoopback(address: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(address)
}

const EVERY = ['0.0.0.0', '::']
