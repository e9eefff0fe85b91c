import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Catalogue, select } from '#kit/catalogue.ts'
import { LabError } from '#kit/error.ts'
import { probeWritable, writeFileAtomically } from '#kit/files.ts'
import type { Look, Reporter } from './reporter.ts'
import type { Run } from './result.ts'
import type { Terminal } from './terminal.ts'

/** A reporter and where it writes: a file, or stdout. */
export interface Outlet {
  readonly reporter: Reporter & { readonly id: string }
  readonly path?: string
}

/**
 * `name` or `name=file`, each found out to be possible before anything runs.
 * @throws LabError UNKNOWN_ID, REPORTERS_COLLIDE, CANNOT_WRITE
 */
export async function openOutlets(words: readonly string[], reporters: Catalogue<Reporter>): Promise<Outlet[]> {
  const outlets = (words.length > 0 ? words : ['table']).map((word): Outlet => {
    const [name = '', ...rest] = word.split('=')
    const [reporter, ...more] = select(reporters, [name], 'reporter')
    // select() has thrown when there is none.
    if (!reporter || more.length > 0) {
      throw new LabError('UNKNOWN_ID', `'${name}' means more than one reporter`, {
        hint: `name each: ${[...reporters.keys()].join(', ')}`,
      })
    }
    return rest.length > 0 ? { reporter, path: resolve(rest.join('=')) } : { reporter }
  })
  for (const { path } of outlets) if (path !== undefined) await probeWritable(path)
  // Two spellings may lead to one folder. A file that is itself a link is replaced, and not followed.
  const places = await Promise.all(
    outlets.map(async ({ path }) =>
      path === undefined ? 'stdout' : join(await realpath(dirname(path)), basename(path)),
    ),
  )
  const twice = places.find((place, index) => places.indexOf(place) !== index)
  if (twice !== undefined) {
    throw new LabError('REPORTERS_COLLIDE', `two reporters write to ${twice}`, {
      hint: 'give each a file of its own: --reporter junit=battery.xml --reporter json=battery.json',
    })
  }
  return outlets
}

export async function writeOutlets(
  outlets: readonly Outlet[],
  run: Run,
  { stdout, look }: { stdout: Terminal['stdout']; look: Look },
): Promise<void> {
  for (const { reporter, path } of outlets) {
    if (path !== undefined) await writeFileAtomically(path, piecesOf(reporter, run, { colour: false, width: 100 }))
    else for (const piece of piecesOf(reporter, run, look)) stdout.write(piece)
  }
}

function piecesOf(reporter: Reporter, run: Run, look: Look): Iterable<string> {
  return reporter.pieces?.(run, look) ?? [reporter.render(run, look)]
}
