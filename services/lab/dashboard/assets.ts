import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Asset {
  readonly type: 'css' | 'js' | 'svg'
  readonly body: Buffer
}

const here = (path: string) => new URL(path, import.meta.url)
// Styles of the report, for what the report shows as well is shown by the same components.
const ofReport = (name: string) => here(`../reporters/html/${name}.css`)

/** Each of one file or several: whoever comes for the first time waits for as few as may be. */
const FILES: Readonly<Record<string, readonly URL[]>> = {
  'dashboard.css': [...['page', 'matrix', 'sections', 'play'].map(ofReport), here('page/dashboard.css')],
  'matrix.js': [here('../reporters/html/matrix.js')],
  'dashboard.js': [here('page/dashboard.js')],
  'icon.svg': [here('page/icon.svg')],
  'idiomorph.js': [new URL('./idiomorph.min.js', import.meta.resolve('idiomorph'))],
}

/** All that the page loads, by name. Read once: there are no more than these. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const entries = Object.entries(FILES).map(async ([name, urls]) => {
    const type = name.slice(name.lastIndexOf('.') + 1) as Asset['type']
    const parts = await Promise.all(urls.map((url) => readFile(fileURLToPath(url))))
    return [name, { type, body: Buffer.concat(parts) }] as const
  })
  return new Map(await Promise.all(entries))
}
