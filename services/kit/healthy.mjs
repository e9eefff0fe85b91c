// Asks a party of the lab how it is, for the container's health check: exit 0 when it answers 200.
// Plain JavaScript on two built-in modules, for it runs every few seconds.
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

const url = process.argv[2] ?? ''
const get = url.startsWith('https:') ? getSecure : getPlain
// It asks its own container over loopback; who signed the certificate is not the question here.
get(url, { rejectUnauthorized: false, timeout: 3000 }, (response) => process.exit(response.statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
