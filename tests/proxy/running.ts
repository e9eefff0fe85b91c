import { once } from 'node:events'
import { connect as connectWire, type Socket } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { codeOf } from '#kit/error.ts'
import { type Program, start } from '../support/program.ts'
import { proxyFolder } from './files.ts'
import { freshMaterial, startUpstream, type UpstreamHandler } from './world.ts'

const main = fileURLToPath(new URL('../../services/proxy/main.ts', import.meta.url))

/** The proxy as the program that it is, with its files on disk and an upstream that answers as it is told. */
export async function withProxyProgram(settings: NodeJS.ProcessEnv, answer: UpstreamHandler) {
  const material = await freshMaterial()
  const files = await proxyFolder(material)
  const upstream = await startUpstream(material, answer)
  const { PATH, SystemRoot } = process.env
  const program = start(process.execPath, [main], {
    env: {
      ...{ PATH, SystemRoot, ...files.settings, PROXY_PORT: '0' },
      ...{ PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`, ...settings },
    },
  })
  const port = await portOf(program)
  return {
    ...{ material, files, upstream, program, port },
    /** A verified TLS connection, nothing sent yet. */
    async socket(): Promise<TLSSocket> {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: material.proxySelfSigned.chain })
      socket.on('error', () => {})
      await once(socket, 'secureConnect')
      return socket
    },
    /** TCP and nothing else. */
    async wire(): Promise<Socket> {
      const wire = connectWire({ host: '127.0.0.1', port })
      wire.on('error', () => {})
      await once(wire, 'connect')
      return wire.resume()
    },
    async [Symbol.asyncDispose]() {
      program.child.kill('SIGKILL')
      await program.ended
      await upstream.close()
      await files[Symbol.asyncDispose]()
    },
  }
}

export type ProxyProgram = Awaited<ReturnType<typeof withProxyProgram>>

function portOf({ child, ended }: Program): Promise<number> {
  return new Promise((resolve, reject) => {
    let heard = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const known = /"address":"https:\/\/127\.0\.0\.1:(\d+)"/
      if (known.test(heard)) return
      heard += chunk
      const [, port] = known.exec(heard) ?? []
      if (port !== undefined) resolve(Number(port))
    })
    ended.then(({ stderr }) => reject(new Error(`the proxy does not start: ${stderr}`)), reject)
  })
}

/** Whether somebody who comes now is let in; what was let in is left at once. */
export async function isOpen(port: number): Promise<boolean> {
  const wire = connectWire({ host: '127.0.0.1', port })
  try {
    await once(wire, 'connect')
    return true
  } catch (error) {
    if (codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ECONNRESET') throw error
    return false
  } finally {
    wire.destroy()
  }
}
