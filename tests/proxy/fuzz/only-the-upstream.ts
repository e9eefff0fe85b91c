// Loaded into the proxy's process before it starts: whatever connects to another place than the upstream says so on stderr.
import { Socket } from 'node:net'

const { FUZZ_UPSTREAM_PORT } = process.env
const { connect } = Socket.prototype

interface Place {
  readonly port?: unknown
  readonly host?: unknown
}

Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  // Node hands it a list of options and callback when it has read them already.
  const { port, host } = [args].flat(2)[0] as Place
  if (String(port) !== FUZZ_UPSTREAM_PORT || host !== '127.0.0.1') process.stderr.write(`connects to ${host}:${port}\n`)
  return Reflect.apply(connect, this, args)
}

// When the fuzzer is gone, nobody else would end it.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()
