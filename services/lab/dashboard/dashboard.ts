import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { isIPv6 } from 'node:net'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { reachableAt } from '../addresses.ts'
import { loadReporters } from '../reporter.ts'
import { textOf } from '../reporters/html/markup.ts'
import { cell } from '../reporters/html/matrix.ts'
import { createApp } from './app.ts'
import { loadAssets } from './assets.ts'
import { createFeed, type Feed } from './feed.ts'
import type { House } from './house.ts'
import { queryOf } from './scene.ts'
import { type Audience, createTheatre, type Theatre } from './theatre.ts'
import { attacker } from './views/attacker.ts'
import { progress } from './views/battery.ts'
import { road } from './views/road.ts'
import { victim } from './views/victim.ts'

export interface DashboardOptions extends House {
  readonly log: Log
  /** Address on which it listens; loopback when absent. */
  readonly host?: string
  readonly port: number
}

export interface Dashboard extends Listening {
  readonly theatre: Theatre
}

/** ms in which what happens to the matrix is told at once */
const TOGETHER = 150

/**
 * The page, and what keeps it up to date.
 * @throws LabError PORT_BUSY
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = '127.0.0.1', port, catalogues, log } = options
  await using opened = new AsyncDisposableStack()
  const feed = opened.use(createFeed(randomBytes(6).toString('hex')))
  const audience = opened.use(tellingBy(feed))
  const theatre = opened.use(createTheatre(options, audience))
  const app = createApp({
    ...{ theatre, feed, catalogues, log },
    ...{ assets: await loadAssets(), reporters: await loadReporters() },
    hosts: [...new Set(['127.0.0.1', 'localhost', '[::1]', ...reachableAt(host).map(inAddress)])],
  })
  const listening = opened.use(
    await listen(createServer(app.callback()), {
      ...{ what: 'the dashboard', host, port },
      hint: 'npm run lab -- --port 0 takes any that is free',
    }),
  )
  const stack = opened.move()
  return {
    ...listening,
    theatre,
    close: () => stack.disposeAsync(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** As it stands in an address, between `//` and port. */
function inAddress(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** Puts what happens on the stage into the words of the feed. */
function tellingBy(feed: Feed): Audience & Disposable {
  let cells: [attack: string, client: string, cell: string][] = []
  let timer: NodeJS.Timeout | undefined
  let tell = () => {}
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (cells.length > 0) feed.append('cells', JSON.stringify(cells))
    cells = []
    tell()
  }
  return {
    scene: (showing) => {
      const key = queryOf(showing.scene)
      feed.publish(`${key} victim`, textOf(victim(showing)))
      feed.publish(`${key} road`, textOf(road(showing)))
      feed.publish(`${key} attacker`, textOf(attacker(showing)))
      feed.publish(`${key} state`, showing.state)
    },
    sceneGone: (scene) => {
      for (const part of ['victim', 'road', 'attacker', 'state']) feed.forget(`${queryOf(scene)} ${part}`)
    },
    battery: (running) => {
      cells = []
      tell = () => {}
      flush()
      feed.forget('cells')
      feed.publish('battery', textOf(progress(running)))
      // All of it may be large: who looks fetches it, and who does not read is not sent it.
      feed.publish('matrix', running.state)
    },
    result: (result, running) => {
      const column = running.columnOf(result.client)
      cells.push([result.attack, result.client, textOf(cell(result, { index: -1, column }))])
      tell = () => feed.publish('battery', textOf(progress(running)))
      timer ??= setTimeout(flush, TOGETHER)
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
