import { fileURLToPath } from 'node:url'
import { EXIT } from '#kit/error.ts'
import { writeFileAtomically } from '#kit/files.ts'
import { type Catalogues, loadCatalogues } from './experiment.ts'
import { attacksPage } from './pages/attacks.ts'
import { naiveClientsPage } from './pages/naive-clients.ts'
import type { Terminal } from './terminal.ts'

/** Each page that is made from the catalogues, by its path in the repository. */
export function cataloguePages(catalogues: Catalogues): ReadonlyMap<string, string> {
  return new Map([
    ['docs/attacks.md', attacksPage(catalogues)],
    ['docs/naive-clients.md', naiveClientsPage(catalogues)],
  ])
}

/** `npm run catalogue-pages`: writes them. */
export async function writeCataloguePages({ stdout }: Pick<Terminal, 'stdout'>): Promise<number> {
  const root = new URL('../../', import.meta.url)
  for (const [path, text] of cataloguePages(await loadCatalogues())) {
    await writeFileAtomically(fileURLToPath(new URL(path, root)), text)
    stdout.write(`${path}\n`)
  }
  return EXIT.expected
}
