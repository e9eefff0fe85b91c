import { expect, test } from '@jest/globals'
import { cataloguePages } from '#lab/catalogue-pages.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import { fallOf, naiveClients } from '#lab/kill-matrix.ts'
import { readText } from '../support/documents.ts'

test.each(['docs/attacks.md', 'docs/naive-clients.md'])(
  '%s is what the catalogues say (npm run catalogue-pages)',
  async (path) => {
    expect(readText(path)).toBe(cataloguePages(await loadCatalogues()).get(path))
  },
)

test('each attack and each naive client has its section, and what catches nobody says why', async () => {
  const catalogues = await loadCatalogues()
  const [attacks, clients] = [readText('docs/attacks.md'), readText('docs/naive-clients.md')]
  for (const { id, title } of catalogues.attacks.values()) {
    expect(attacks).toContain(`### ${id}\n\n${title.replace(/[*<|]/g, '\\$&')}`)
  }
  const naive = naiveClients(catalogues)
  for (const { id, mistake } of naive) {
    expect(clients).toContain(`### ${id}\n`)
    expect(clients).toContain(mistake.fix.replace(/[*<|]/g, '\\$&'))
  }
  for (const attack of catalogues.attacks.values()) {
    const section = attacks.split(/^### /m).find((text) => text.startsWith(`${attack.id}\n`)) ?? ''
    const catchers = naive.filter((client) => fallOf(attack, client))
    if (attack.family === 'control') expect(section).toContain('it is a control')
    else if (catchers.length === 0) expect(section).toContain('no mistake opens it')
    else for (const { id } of catchers) expect(section).toContain(`\`${id}\``)
  }
})
