import { connect, type LookupFunction, type Socket } from 'node:net'
import { PinError } from './errors.ts'
import { address } from './report.ts'
import type { Target } from './trust.ts'

export interface ProxyAddress {
  readonly host: string
  readonly port: number
  /** `Basic …`, when the proxy's URL had credentials. */
  readonly authorization: string | undefined
}

/** @throws PinError PROXY_INVALID */
export function parseProxy(text: string): ProxyAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const credentials = url && credentialsOf(url)
  if (credentials === undefined || url?.protocol !== 'http:' || url.pathname !== '/' || url.search || url.hash) {
    throw new PinError('PROXY_INVALID', `'${withoutPassword(text)}' is not the address of a proxy`, {
      hint: 'write http://host:port; TLS to the proxy itself is not supported',
    })
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 80),
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

/** `user:password`, or undefined when a `%` in it means nothing. */
function credentialsOf({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

function withoutPassword(text: string): string {
  return text.replace(/\/\/[^@/]*@/, '//')
}

// Enough for any honest answer; a proxy that talks on is not setting up a tunnel.
const HEAD_LIMIT = 16_384

/**
 * Opens a tunnel by CONNECT (RFC 9110 section 9.3.6). Anything but a 2xx answer ends it: sending the request in the
 * clear after a refusal was CWE-300 in an early https-proxy-agent.
 */
export function openTunnel(
  proxy: ProxyAddress,
  target: Target,
  more: { lookup?: LookupFunction; track: (socket: Socket) => void },
): Promise<Socket> {
  const socket = connect({
    host: proxy.host,
    port: proxy.port,
    noDelay: true,
    ...(more.lookup ? { lookup: more.lookup } : {}),
  })
  more.track(socket)
  const wanted = address(target.host, target.port).replace(/^([^:]+|\[.*\])$/, '$1:443')
  const authorization = proxy.authorization ? `Proxy-Authorization: ${proxy.authorization}\r\n` : ''
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0)
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    const onEnd = () => fail(refused(proxy, wanted, 'it closed the connection'))
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0 && head.length < HEAD_LIMIT) return
      const why = complaint(head, end)
      if (why) return fail(refused(proxy, wanted, why))
      socket.off('error', fail).off('close', onEnd).off('data', onData).pause()
      resolve(socket)
    }
    socket.on('error', fail).on('close', onEnd).on('data', onData)
    socket.write(`CONNECT ${wanted} HTTP/1.1\r\nHost: ${wanted}\r\n${authorization}\r\n`)
  })
}

function complaint(head: Buffer, end: number): string | undefined {
  if (end < 0) return 'its answer has no end'
  const line = head.subarray(0, end).toString('latin1').split('\r\n', 1)[0] ?? ''
  if (!/^HTTP\/1\.[01] 2\d\d( |$)/.test(line)) return `it answered ${JSON.stringify(line.slice(0, 100))}`
  // TLS begins with the client's hello: whatever is here already was not said by the origin.
  return head.length > end + 4 ? 'it spoke before the tunnel was used' : undefined
}

function refused(proxy: ProxyAddress, wanted: string, why: string): PinError {
  const where = `http://${address(proxy.host, proxy.port)}`
  return new PinError('PROXY_REFUSED', `the proxy ${where} opened no tunnel to ${wanted}: ${why}`)
}
