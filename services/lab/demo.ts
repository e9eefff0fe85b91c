import { EXIT } from '#kit/error.ts'
import { silentLog } from '#kit/log.ts'
import { createAttacker } from '#mitm/attacker.ts'
import { labCommand, parse } from './options.ts'
import type { DemoOptions } from './perform.ts'
import type { Terminal } from './terminal.ts'

const TEXT = {
  name: 'npm run attack-demo --',
  description:
    "Can someone in the middle read my app's traffic? Attacks × clients, judged by what the attacker received.",
  examples: `  npm run attack-demo                                              the story and the matrix
  npm run attack-demo -- --client pinned-key                       one client, all attacks
  npm run attack-demo -- --attack 'trusted-*' --road proxy         through an explicit proxy
  npm run --silent attack-demo -- --json | jq '.results[].verdict' for programs`,
}

/** `npm run attack-demo`: the story and the matrix, everything in one process. Gives the exit code. */
export async function demo(
  terminal: Terminal,
  load?: typeof import('./experiment.ts').loadCatalogues,
): Promise<number> {
  const command = labCommand(terminal, TEXT)
    .option('--json', 'print the whole result as JSON, and nothing else', false)
    .option('-o, --out <file or folder>', 'where the JSON goes', 'reports')
  const options = parse<DemoOptions>(command, terminal)
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
