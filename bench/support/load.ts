import { Client } from 'undici'

export interface LoadOptions {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  /** ms */
  readonly time: number
}

/** As many requests as may be over connections that stay open. @returns how many were answered with 200, whole */
export async function load({ port, path, headers, connections, time }: LoadOptions): Promise<number> {
  const clients = Array.from(
    { length: connections },
    () => new Client(`https://localhost:${port}`, { connect: { rejectUnauthorized: false }, pipelining: 1 }),
  )
  const until = performance.now() + time
  let answered = 0
  const keepAsking = async (client: Client) => {
    while (performance.now() < until) {
      const { statusCode, body } = await client.request({ method: 'GET', path, headers })
      await body.arrayBuffer()
      if (statusCode !== 200) throw new Error(`${path} was answered with ${statusCode}`)
      answered += 1
    }
  }
  try {
    await Promise.all(clients.map(keepAsking))
    return answered
  } finally {
    await Promise.all(clients.map((client) => client.destroy()))
  }
}
