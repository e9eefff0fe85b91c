import { Tinypool } from 'tinypool'
import type { Drawing } from './studio-thread.ts'

// One for the whole process, since drawings share its processors anyway. It starts with the first picture, and keeps no
// process alive.
let threads: Tinypool | undefined

/**
 * Draws in a thread of its own. To load what draws takes a third of a second on an idle machine and several on a busy one,
 * and whoever wants to connect meanwhile must not wait.
 */
export async function drawAside(drawing: Drawing): Promise<Buffer> {
  threads ??= new Tinypool({
    filename: new URL('./studio-thread.ts', import.meta.url).href,
    ...{ minThreads: 1, maxThreads: 1 },
  })
  const { buffer, byteOffset, length }: Uint8Array = await threads.run(drawing)
  return Buffer.from(buffer, byteOffset, length)
}
