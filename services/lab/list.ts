import type { Catalogues } from './experiment.ts'

/** The catalogues: id and sentence, as text or as JSON. */
export function list({ attacks, clients }: Catalogues, asJson: boolean): string {
  const plain = (entries: Iterable<{ id: string; title: string }>) =>
    [...entries].map(({ id, title }) => ({ id, title }))
  const all = { attacks: plain(attacks.values()), clients: plain(clients.values()) }
  if (asJson) return `${JSON.stringify(all, null, 2)}\n`
  const width = Math.max(...[...all.attacks, ...all.clients].map(({ id }) => id.length))
  const lines = (entries: { id: string; title: string }[]) =>
    entries.map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`)
  return ['attacks', ...lines(all.attacks), '', 'clients', ...lines(all.clients), ''].join('\n')
}
