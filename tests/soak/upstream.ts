import { createServer } from 'node:https'
import type { Credentials } from '#certs/credentials.ts'
import { type Listening, listen } from '#kit/listen.ts'

export const PICTURE = Buffer.alloc(200_000, 'p')
export const DAY = { date: '2017-01-01', title: 'Comet', url: 'https://apod.nasa.gov/a.jpg', media_type: 'image' }

/** Both of NASA's hosts, well and unwell: the path says how. */
export function startUpstream({ key, chain }: Credentials): Promise<Listening> {
  const server = createServer({ key, cert: chain }, ({ url = '', socket }, response) => {
    const path = url.split('?', 1)[0]
    const picture = (length: number) =>
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': length })
    if (path === '/picture') picture(PICTURE.length).end(PICTURE)
    else if (path === '/day') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(DAY))
    else if (path === '/short') picture(PICTURE.length).write(PICTURE.subarray(0, 999), () => response.destroy())
    else if (path === '/reset') socket.destroy()
    else if (path === '/nonsense') socket.end('HTTP/1.1 twohundred\r\n\r\n')
    else if (path === '/no-json') response.writeHead(200, { 'content-type': 'application/json' }).end('{')
    else if (path === '/hangs') picture(PICTURE.length).write(PICTURE.subarray(0, 999))
    else if (path === '/slow') picture(PICTURE.length).write(PICTURE, () => setTimeout(() => response.end(), 50))
    else response.writeHead(404).end()
  })
  return listen(server, { what: 'the upstream' })
}
