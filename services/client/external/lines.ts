import { StringDecoder } from 'node:string_decoder'

/** Characters of a line that are kept: what it says stands at its beginning. */
const KEPT = 4096

/** Puts chunks together to lines, and hands each on without its end; of an endless one only the beginning is kept. */
export function lineByLine(hear: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let begun = ''
  return (chunk) => {
    const [first = '', ...more] = decoder.write(chunk).split('\n')
    const pieces = [begun + first, ...more]
    begun = (pieces.pop() ?? '').slice(0, KEPT)
    for (const line of pieces) hear(line.trim().slice(0, KEPT))
  }
}
