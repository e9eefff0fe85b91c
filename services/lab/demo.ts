import { EXIT } from '#kit/error.ts'
import { silentLog } from '#kit/log.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { parseOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

/** `npm run attack-demo`: the story and the matrix, everything in one process. Gives the exit code. */
export async function demo(
  terminal: Terminal,
  load?: typeof import('./experiment.ts').loadCatalogues,
): Promise<number> {
  const options = parseOptions(terminal, 'npm run attack-demo --')
  const now = () => new Date()
  // mockttp takes longer to load than all the rest: its thread is on its way before the rest is read.
  await using attacker = options.list ? undefined : await createAttacker({ log: silentLog(), now })
  const { loadCatalogues } = await import('./experiment.ts')
  const catalogues = await (load ?? loadCatalogues)()
  if (!attacker) {
    const { list } = await import('./list.ts')
    terminal.stdout.write(list(catalogues, options.json))
    return EXIT.expected
  }
  const { perform } = await import('./perform.ts')
  return await perform({ terminal, options, catalogues, attacker, now })
}
