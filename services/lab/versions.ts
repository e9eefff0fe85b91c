import { readFile } from 'node:fs/promises'
import { versions as runtime } from 'node:process'

/** `24.21.0` */
export const NODE = runtime.node

/** What took part, so that a result can be told from one of another day. */
export async function versions(): Promise<Record<string, string>> {
  const root = new URL('../../', import.meta.url)
  const of = async (path: string) => {
    const { version }: { version: string } = JSON.parse(await readFile(new URL(`${path}package.json`, root), 'utf8'))
    return version
  }
  const [lab, got, mockttp] = await Promise.all([of(''), of('node_modules/got/'), of('node_modules/mockttp/')])
  return { lab, node: runtime.node, openssl: runtime.openssl, got, mockttp }
}
