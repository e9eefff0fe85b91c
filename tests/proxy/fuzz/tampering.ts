import { connect, createServer } from 'node:tls'
import { listen } from '#kit/listen.ts'
import { startProxyProgram, type Target, type TargetPlace, type TargetWatch } from './child.ts'

/** The real proxy behind somebody who changes what it sends back: a proxy with a fault. */
export function tampering(change: (sent: string) => string) {
  return async (place: TargetPlace, watch: TargetWatch): Promise<Target> => {
    const real = await startProxyProgram(place, watch)
    const { chain: cert, key } = place.material.proxySelfSigned
    const server = createServer({ cert, key }, (client) => {
      const onward = connect({ host: '127.0.0.1', port: real.port, servername: 'localhost', rejectUnauthorized: false })
      const chunks: Buffer[] = []
      client.pipe(onward)
      client.on('error', () => onward.destroy())
      onward.on('data', (chunk: Buffer) => chunks.push(chunk))
      onward.on('error', () => {})
      onward.once('close', () => client.end(change(Buffer.concat(chunks).toString('latin1')), 'latin1'))
    })
    const { port, close } = await listen(server, { what: 'a proxy with a fault' })
    return {
      port,
      async [Symbol.asyncDispose]() {
        await close()
        await real[Symbol.asyncDispose]()
      },
    }
  }
}
