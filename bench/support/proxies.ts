import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMaterial, type Material } from '#certs/material.ts'
import { NASA_HOSTS } from '#kit/names.ts'
import { freePort, type Running, runProgram, runScript } from './process.ts'

export const HOST = NASA_HOSTS.pictures
const NGINX = '/usr/sbin/nginx'

export interface Proxies extends AsyncDisposable {
  readonly material: Material
  readonly ours: Running
  readonly fastify: Running
  readonly bare: Running
  /** Absent where it is not installed. */
  readonly nginx: Running | undefined
}

interface Place {
  readonly folder: string
  readonly material: Material
  readonly upstreamPort: number
}

/** The proxy as it is run, and its peers: the same upstream, the same certificate, TLS on both sides. */
export async function startProxies(): Promise<Proxies> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'pinning-lab-bench-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const material = await createMaterial({ now: new Date() })
  const { key, chain: cert } = material.nasa
  const upstream = opened.use(await runScript('./upstream.ts', { UPSTREAM_TLS: JSON.stringify({ key, cert }) }))
  const place = { folder, material, upstreamPort: upstream.port }
  const PEER = JSON.stringify({
    ...{ key: material.proxySelfSigned.key, cert: material.proxySelfSigned.chain, ca: material.root.chain },
    ...{ host: HOST, upstreamPort: upstream.port },
  })
  const ours = opened.use(await startOurs(place))
  const fastify = opened.use(await runScript('./fastify-proxy.ts', { PEER }))
  const bare = opened.use(await runScript('./bare-proxy.ts', { PEER }))
  const nginx = existsSync(NGINX) ? opened.use(await startNginx(place)) : undefined
  const stack = opened.move()
  return { material, ours, fastify, bare, nginx, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function startOurs({ folder, material, upstreamPort }: Place): Promise<Running> {
  const port = await freePort()
  const texts = {
    PROXY_CERT: material.proxySelfSigned.chain,
    PROXY_KEY: material.proxySelfSigned.key,
    PROXY_API_CERT: material.proxyCaSigned.chain,
    PROXY_API_KEY: material.proxyCaSigned.key,
    PROXY_UPSTREAM_AUTHORITIES: material.root.chain,
    PROXY_ATTESTATION_SECRET_FILE: material.attestationSecret,
  }
  const files = Object.entries(texts).map(async ([name, text]) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    return [name, join(folder, name)] as const
  })
  const env = {
    PATH: process.env.PATH,
    PROXY_PORT: String(port),
    PROXY_STANDIN_ADDRESS: `127.0.0.1:${upstreamPort}`,
    PROXY_ENFORCE_ATTESTATION: 'on',
    ...Object.fromEntries(await Promise.all(files)),
  }
  const main = fileURLToPath(new URL('../../services/proxy/main.ts', import.meta.url))
  return runProgram(process.execPath, [main], { port, env })
}

/** As it would stand before an API: it verifies the upstream, keeps connections to it, and writes a log. */
async function startNginx({ folder, upstreamPort }: Place): Promise<Running> {
  const port = await freePort()
  const at = (name: string) => join(folder, name)
  const config = `
daemon off; worker_processes 1; pid ${at('nginx.pid')}; error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
  access_log ${at('access.log')}; client_body_temp_path ${at('body')}; proxy_temp_path ${at('proxy')};
  fastcgi_temp_path ${at('fastcgi')}; uwsgi_temp_path ${at('uwsgi')}; scgi_temp_path ${at('scgi')};
  keepalive_requests 1000000;
  upstream nasa { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} ssl; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${at('PROXY_CERT')}; ssl_certificate_key ${at('PROXY_KEY')};
    location /${HOST}/ {
      proxy_pass https://nasa/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host ${HOST};
      proxy_ssl_server_name on; proxy_ssl_name ${HOST}; proxy_ssl_verify on; proxy_ssl_verify_depth 3;
      proxy_ssl_trusted_certificate ${at('PROXY_UPSTREAM_AUTHORITIES')};
    }
  }
}
`
  await writeFile(at('nginx.conf'), config)
  return runProgram(NGINX, ['-c', at('nginx.conf'), '-p', folder], { port })
}
