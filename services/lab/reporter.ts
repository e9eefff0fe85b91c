import type { Catalogue } from '#kit/catalogue.ts'
import { loadCatalogue } from '#kit/catalogue.ts'
import type { Run } from './result.ts'

/** One way of showing a run. All of them read the same `Run`, so the numbers agree. */
export interface Reporter {
  /** A sentence for the help text. */
  readonly title: string
  readonly render: (run: Run, look: Look) => string
  /** The same one after the other, where the whole would be large. */
  readonly pieces?: (run: Run, look: Look) => Iterable<string>
}

/** What the place where it is shown can do. */
export interface Look {
  readonly colour: boolean
  /** Characters to a line. */
  readonly width: number
}

export function loadReporters(): Promise<Catalogue<Reporter>> {
  return loadCatalogue<Reporter>({
    folder: new URL('./reporters/', import.meta.url),
    noun: 'reporter',
    complaints: (value) => {
      const { title, render } = (value ?? {}) as Record<string, unknown>
      const wrong: string[] = []
      if (typeof title !== 'string') wrong.push('title is missing')
      if (typeof render !== 'function') wrong.push('render is not a function')
      return wrong
    },
  })
}
