const KEPT = 64 * 1024

/** The last 64 KiB of what was written, however much it was. */
export interface Tail {
  add(chunk: Buffer): void
  text(): string
}

export function createTail(): Tail {
  let chunks: Buffer[] = []
  let size = 0
  return {
    add: (chunk) => {
      chunks.push(chunk)
      size += chunk.length
      if (size < 2 * KEPT) return
      const kept = Buffer.concat(chunks).subarray(-KEPT)
      chunks = [kept]
      size = kept.length
    },
    text: () => Buffer.concat(chunks).subarray(-KEPT).toString('utf8'),
  }
}
