// A program that is held a conversation with. `shared` makes the mistake of one agent for what is pinned and what is not.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import { checkServerIdentity } from 'node:tls'

const shared = process.argv[2] === 'shared'
const ca = readFileSync(process.env.LAB_CA)
let pins = [process.env.LAB_PIN, process.env.LAB_PIN_BACKUP]

const agent = () => new Agent({ ca, keepAlive: true, maxCachedSessions: 0 })
const unpinned = agent()
const pinned = shared ? unpinned : agent()

for await (const line of createInterface({ input: process.stdin })) {
  const [word, rest] = line.split(' ')
  if (word === 'PINS') {
    pins = rest.split(',')
    say('ACCEPT')
  } else if (word === 'UNPINNED') say(await ask(rest, { agent: unpinned }))
  else {
    const options = {
      agent: pinned,
      checkServerIdentity: checkPin,
      headers: { 'approov-token': process.env.LAB_TOKEN },
    }
    say(await ask(line, options))
  }
}
unpinned.destroy()
pinned.destroy()

// Node's fix for shared agents is in https.request only.
function say(words) {
  process.stdout.write(`${words}\n`)
}

async function ask(url, options) {
  if (!url.startsWith('https:')) return 'REJECT in clear'
  return new Promise((resolve) => {
    ;(shared ? plainRequest : request)(url, options, (answer) => {
      answer
        .resume()
        .on('end', () => resolve(answer.statusCode === 200 ? 'ACCEPT' : `REJECT status ${answer.statusCode}`))
    })
      .on('error', ({ code, message }) => resolve(`REJECT ${code} ${message.split('\n')[0]}`))
      .end()
  })
}

function checkPin(host, certificate) {
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
  const pin = `sha256/${createHash('sha256').update(key).digest('base64')}`
  return checkServerIdentity(host, certificate) ?? (pins.includes(pin) ? undefined : new Error(`${pin} is not pinned`))
}
