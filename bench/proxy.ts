// What the proxy costs, in requests per second of CPU, beside nginx and beside Fastify with @fastify/http-proxy: the same
// upstream, the same certificate, TLS on both sides, all of what each logs and checks. They take turns, so that a busy
// machine slows all. Linux only, for that is where a process's CPU can be read; nginx where it is installed.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { createMaterial, type Material } from '#certs/material.ts'
import { NASA_HOSTS } from '#kit/names.ts'
import { load } from './support/load.ts'
import { type Running, runProgram, runScript } from './support/process.ts'
import { figure, median } from './support/results.ts'

const ROUNDS = 7
const TIME = 2_000
const HOST = NASA_HOSTS.pictures
const BENCH = 'proxy'

interface Contender {
  readonly name: string
  readonly running: Running
  readonly perSecond: number[]
}

if (!existsSync('/proc/self/stat')) {
  process.stdout.write('  left out: no /proc to read the CPU of a process from\n')
  process.exit(0)
}
const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
await using opened = new AsyncDisposableStack()
opened.defer(() => rm(folder, { recursive: true, force: true }))
const material = await createMaterial({ now: new Date() })
const { key, chain: cert } = material.nasa
const upstream = opened.use(await runScript('./upstream.ts', { UPSTREAM_TLS: JSON.stringify({ key, cert }) }))
const token = await new SignJWT({})
  .setProtectedHeader({ alg: 'HS256' })
  .setExpirationTime('1h')
  .sign(new TextEncoder().encode(material.attestationSecret))
const files = await write(material)

const ours = await contender('the proxy', await startOurs({ PROXY_ENFORCE_ATTESTATION: 'on' }))
const fastify = await contender('Fastify, @fastify/http-proxy', await startFastify())
const nginx = existsSync('/usr/sbin/nginx') ? [await contender('nginx', await startNginx())] : []

for (const connections of [64]) await compare('1 KiB', '/1k', connections)

async function compare(what: string, path: string, connections: number): Promise<void> {
  const all = [ours, fastify, ...nginx]
  for (const one of all) {
    one.perSecond.length = 0
    await measure(one, path, { connections, time: TIME / 2 })
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < all.length; turn += 1) {
      const one = all[(round + turn) % all.length]
      one?.perSecond.push(await measure(one, path, { connections, time: TIME }))
    }
  }
  for (const one of all) {
    const value = median(one.perSecond)
    const ratio = median(ours.perSecond.map((mine, round) => mine / (one.perSecond[round] ?? mine)))
    const remark = one === ours ? '' : `the proxy is ${ratio.toFixed(2)} times that`
    figure({ bench: BENCH, what: `${what}, ${connections} connections: ${one.name}`, value, unit: '/s of CPU' }, remark)
  }
}

/** Requests for each second of CPU. */
async function measure(
  { running }: Contender,
  path: string,
  how: { readonly connections: number; readonly time: number },
): Promise<number> {
  const before = await running.cpu()
  const headers = { 'approov-token': token }
  const answered = await load({ port: running.port, path: `/${HOST}${path}`, headers, ...how })
  return answered / ((await running.cpu()) - before)
}

async function contender(name: string, running: Running): Promise<Contender> {
  return { name, running: opened.use(running), perSecond: [] }
}

async function startOurs(more: Record<string, string>): Promise<Running> {
  const port = await freePort()
  const main = fileURLToPath(new URL('../services/proxy/main.ts', import.meta.url))
  const env = {
    PATH: process.env.PATH,
    PROXY_PORT: String(port),
    PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstream.port}`,
    PROXY_CERT: files.cert,
    PROXY_KEY: files.key,
    PROXY_API_CERT: files.apiCert,
    PROXY_API_KEY: files.apiKey,
    PROXY_UPSTREAM_AUTHORITIES: files.authorities,
    PROXY_ATTESTATION_SECRET_FILE: files.secret,
    ...more,
  }
  return runProgram(process.execPath, [main], { port, env })
}

function startFastify(): Promise<Running> {
  const { key, chain } = material.proxySelfSigned
  const peer = { key, cert: chain, ca: material.root.chain, host: HOST, upstreamPort: upstream.port }
  return runScript('./fastify-proxy.ts', { PEER: JSON.stringify(peer) })
}

async function startNginx(): Promise<Running> {
  const port = await freePort()
  const config = `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 2048; }
http {
  access_log ${folder}/access.log; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream nasa { server 127.0.0.1:${upstream.port}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} ssl; ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};
    location /${HOST}/ {
      proxy_pass https://nasa/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host ${HOST};
      proxy_ssl_server_name on; proxy_ssl_name ${HOST}; proxy_ssl_verify on; proxy_ssl_verify_depth 3;
      proxy_ssl_trusted_certificate ${files.authorities};
    }
  }
}
`
  await writeFile(join(folder, 'nginx.conf'), config)
  return runProgram('/usr/sbin/nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { port })
}

async function write({ proxySelfSigned, proxyCaSigned, root, attestationSecret }: Material) {
  const texts = {
    cert: proxySelfSigned.chain,
    key: proxySelfSigned.key,
    apiCert: proxyCaSigned.chain,
    apiKey: proxyCaSigned.key,
    authorities: root.chain,
    secret: attestationSecret,
  }
  const written = Object.entries(texts).map(async ([name, text]) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return [name, join(folder, name)] as const
  })
  // The names are those of the texts.
  return Object.fromEntries(await Promise.all(written)) as Record<keyof typeof texts, string>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
