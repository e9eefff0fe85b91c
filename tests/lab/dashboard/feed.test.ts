import { expect, test } from '@jest/globals'
import { type Told, type Viewer, withFeed } from './viewer.ts'

const short = (events: readonly Told[]) => events.map(({ event, data }) => `${event}: ${data}`)

test('who comes late is sent the latest state of each topic, in the order in which they came to be', async () => {
  await using world = await withFeed()
  world.feed.publish('road', 'long')
  world.feed.publish('victim', 'asks')
  world.feed.publish('road', 'short')
  const viewer = await world.view({ road: 'road', victim: 'victim', attacker: 'attacker' })
  expect(short(await world.told(viewer))).toEqual(['victim: asks', 'road: short'])
  world.feed.publish('attacker', 'reads')
  expect(short(await world.told(viewer))).toEqual(['victim: asks', 'road: short', 'attacker: reads'])
})

test('who comes before anything has happened is answered at once, and with an event stream that nobody keeps', async () => {
  await using world = await withFeed()
  const viewer = await world.view({ road: 'road' })
  expect(viewer.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  })
  expect(await world.told(viewer)).toEqual([])
})

test('who comes back is sent what it has missed, in order, and nothing twice', async () => {
  await using world = await withFeed()
  const topics = { road: 'road', victim: 'victim', cells: 'cells' }
  world.feed.publish('road', 'long')
  world.feed.append('cells', '1')
  world.feed.publish('victim', 'asks')
  const first = await world.view(topics)
  expect(short(await world.told(first))).toEqual(['road: long', 'cells: 1', 'victim: asks'])
  await first.leave()
  world.feed.append('cells', '2')
  world.feed.publish('victim', 'is deceived')
  world.feed.append('cells', '3')
  const second = await world.view(topics, first.last)
  expect(short(await world.told(second))).toEqual(['cells: 2', 'victim: is deceived', 'cells: 3'])
  await second.leave()
  const third = await world.view(topics, second.last)
  expect(await world.told(third)).toEqual([])
  world.feed.publish('road', 'short')
  expect(short(await world.told(third))).toEqual(['road: short'])
})

test('who breaks off between two events is sent the later one', async () => {
  await using world = await withFeed()
  for (const cell of ['1', '2', '3']) world.feed.append('cells', cell)
  const before = await world.told(await world.view({ cells: 'cells' }))
  const after = await world.told(await world.view({ cells: 'cells' }, before[1]?.id))
  expect(after).toEqual(before.slice(2))
  expect(short(after)).toEqual(['cells: 3'])
})

test('the position is the last event’s, so that who has seen what is there is told only of what comes', async () => {
  await using world = await withFeed()
  world.feed.publish('road', 'long')
  world.feed.append('cells', '1')
  const viewer = await world.view({ road: 'road', cells: 'cells' }, world.feed.position())
  world.feed.append('cells', '2')
  expect(await world.told(viewer)).toMatchObject([{ event: 'cells', data: '2' }])
  expect(viewer.last).toBe(world.feed.position())
})

test.each([
  '',
  'other.2',
  'epoc.2',
  'epoch2.2',
  'epoch',
  'epoch.',
  'epoch.-1',
  'epoch.1e3',
  'epoch.2.2',
  'epoch.0x2',
  'epoch.9999999999999999999999',
  ' . ',
  '2',
  '<script>',
  'epoch.2 epoch.2',
])('%j is no id of this feed: nothing has been seen', async (last) => {
  await using world = await withFeed('epoch')
  world.feed.publish('road', 'long')
  world.feed.publish('victim', 'asks')
  const viewer = await world.view({ road: 'road', victim: 'victim' }, last)
  expect(short(await world.told(viewer))).toEqual(['road: long', 'victim: asks'])
})

test('the ids of two feeds differ where their numbers do not', async () => {
  await using one = await withFeed('one')
  await using other = await withFeed('other')
  one.feed.publish('road', 'long')
  other.feed.publish('road', 'short')
  const [seen] = await one.told(await one.view({ road: 'road' }))
  const [anew] = await other.told(await other.view({ road: 'road' }, seen?.id))
  expect(anew).toMatchObject({ event: 'road', data: 'short' })
})

test('what is appended stays until the topic is published anew', async () => {
  await using world = await withFeed()
  world.feed.publish('cells', 'all')
  world.feed.append('cells', '1')
  world.feed.append('cells', '1')
  const early = await world.view({ cells: 'cells' })
  expect(short(await world.told(early))).toEqual(['cells: all', 'cells: 1', 'cells: 1'])
  world.feed.publish('cells', '1')
  const late = await world.view({ cells: 'cells' })
  expect(short(await world.told(late))).toEqual(['cells: 1'])
  expect(short(await world.told(early))).toEqual(['cells: all', 'cells: 1', 'cells: 1', 'cells: 1'])
})

test('a topic that is forgotten is not sent to who comes, and begins anew', async () => {
  await using world = await withFeed()
  world.feed.append('cells', '1')
  world.feed.publish('road', 'long')
  world.feed.forget('cells')
  const topics = { cells: 'cells', road: 'road' }
  expect(short(await world.told(await world.view(topics)))).toEqual(['road: long'])
  // The same as before is news again, for nobody who comes now has seen it.
  world.feed.publish('cells', '1')
  expect(short(await world.told(await world.view(topics)))).toEqual(['road: long', 'cells: 1'])
})

test('the same state published twice is one event', async () => {
  await using world = await withFeed()
  const viewer = await world.view({ road: 'road' })
  for (const state of ['long', 'long', 'short', 'long']) world.feed.publish('road', state)
  expect(short(await world.told(viewer))).toEqual(['road: long', 'road: short', 'road: long'])
})

test.each([
  ['of several lines', 'a\nb\n\nc', 'a\nb\n\nc'],
  ['with other line ends', 'a\r\nb\rc\r\n\r\nd\n\re', 'a\nb\nc\n\nd\n\ne'],
  ['that ends in a line end', 'a\n', 'a\n'],
  ['that begins with spaces and colons', '  a\n: b\n:\n c', '  a\n: b\n:\n c'],
  ['that is empty', '', ''],
  ['beyond ASCII', '“ü” \u{1F4CC}\u2028', '“ü” \u{1F4CC}\u2028'],
  [
    'that looks like fields',
    'a\n\nid: other.9\nevent: victim\ndata: b\r\n\r\nretry: 0\r',
    'a\n\nid: other.9\nevent: victim\ndata: b\n\nretry: 0\n',
  ],
])('data %s arrives as one event with its lines', async (_, data, arrives) => {
  await using world = await withFeed()
  const early = await world.view({ road: 'road', victim: 'victim' })
  world.feed.publish('road', data)
  const late = await world.view({ road: 'road', victim: 'victim' })
  const told = [{ id: world.feed.position(), event: 'road', data: arrives }]
  expect([await world.told(early), await world.told(late)]).toEqual([told, told])
})

test('only the topics that were asked for arrive, under the names that were asked for', async () => {
  await using world = await withFeed()
  world.feed.publish('one scene road', 'long')
  world.feed.publish('other scene road', 'short')
  const one = await world.view({ 'one scene road': 'road' })
  const other = await world.view({ 'other scene road': 'way' })
  world.feed.append('one scene road', 'longer')
  world.feed.publish('other scene road', 'shorter')
  expect(short(await world.told(one))).toEqual(['road: long', 'road: longer'])
  expect(short(await world.told(other))).toEqual(['way: short', 'way: shorter'])
})

test('a viewer that does not read is dropped after 1 MiB, another one is told all, and the first may come back', async () => {
  await using world = await withFeed()
  const reading = await world.view({ cells: 'cells' })
  const stuck = await world.view({ cells: 'cells' })
  await world.told(stuck)
  stuck.stopReading()
  const response = world.responses[1]
  const size = 1 << 16
  const sent: string[] = []
  let waiting = 0
  // What the kernel holds for it comes first, and is not the feed's.
  while (response?.destroyed === false && sent.length < 1_000) {
    waiting = response.writableLength
    sent.push(`${sent.length} `.padEnd(size, 'x'))
    world.feed.append('cells', sent.at(-1) ?? '')
    await reading.hears(sent.at(-1) ?? '')
  }
  expect(waiting).toBeGreaterThan((1 << 20) - 2 * size)
  expect(waiting).toBeLessThanOrEqual((1 << 20) + 2 * size)
  stuck.readOn()
  await stuck.gone
  world.feed.append('cells', 'the end')
  sent.push('the end')
  expect((await world.told(reading)).map(({ data }) => data)).toEqual(sent)
  const heard = stuck.events.map(({ data }) => data)
  expect(heard).toEqual(sent.slice(0, heard.length))
  const back = await world.view({ cells: 'cells' }, stuck.last)
  expect((await world.told(back)).map(({ data }) => data)).toEqual(sent.slice(heard.length))
})

test('one event larger than what may wait reaches who reads', async () => {
  await using world = await withFeed()
  const viewer = await world.view({ matrix: 'matrix' })
  await world.told(viewer)
  const matrix = 'x'.repeat(3 << 20)
  world.feed.publish('matrix', matrix)
  await viewer.hears(matrix)
  expect(short(await world.told(viewer))).toEqual([`matrix: ${matrix}`])
})

test('a viewer that leaves is written to no more', async () => {
  await using world = await withFeed()
  const leaving = await world.view({ road: 'road' })
  const staying = await world.view({ road: 'road' })
  const [response] = world.responses
  const closed = new Promise<void>((resolve) => response?.once('close', resolve))
  await leaving.leave()
  await closed
  const written: unknown[] = []
  // A write to a response that is gone fails without a word.
  if (response) response.write = (text: unknown) => written.push(text) > 0
  world.feed.publish('road', 'long')
  expect(short(await world.told(staying))).toEqual(['road: long'])
  expect(written).toEqual([])
})

test('the end of the feed is the end of its viewers’ connections', async () => {
  await using world = await withFeed()
  const viewers = await together(3, () => world.view({ road: 'road' }))
  let ended = 0
  for (const { gone } of viewers) gone.then(() => ended++)
  await Promise.all(viewers.map((viewer) => world.told(viewer)))
  expect(ended).toBe(0)
  world.feed[Symbol.dispose]()
  await Promise.all(viewers.map(({ gone }) => gone))
  expect(world.responses.map(({ destroyed }) => destroyed)).toEqual([true, true, true])
})

test('thirty viewers are told the same, whenever they came', async () => {
  await using world = await withFeed()
  const view = () => world.view({ road: 'road', cells: 'cells' })
  const early = await together(15, view)
  for (let cell = 0; cell < 50; cell++) world.feed.append('cells', String(cell))
  const late = await together(15, view)
  for (let cell = 50; cell < 100; cell++) world.feed.append('cells', String(cell))
  world.feed.publish('road', 'long')
  const told = await Promise.all([...early, ...late].map((viewer) => world.told(viewer)))
  const [first] = told
  expect(short(first ?? [])).toEqual([...Array.from({ length: 100 }, (_, cell) => `cells: ${cell}`), 'road: long'])
  expect(told).toEqual(Array(30).fill(first))
})

function together(count: number, view: () => Promise<Viewer>): Promise<Viewer[]> {
  return Promise.all(Array.from({ length: count }, view))
}
