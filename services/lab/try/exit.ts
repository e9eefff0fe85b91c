import { EXIT } from '#kit/error.ts'
import type { Conclusion } from './conclusion.ts'

/** The exit code. What got through weighs more than what nothing could be said of. */
export function exitFor(found: readonly Conclusion[], { expect }: { readonly expect: 'pinned' | 'unpinned' }): number {
  const told = found.filter(({ finding }) => finding !== 'inconclusive')
  const wanted = told.every((one) => (expect === 'unpinned' ? one.finding === 'unpinned' : isPinned(one)))
  if (!wanted) return EXIT.surprise
  return told.length < found.length ? EXIT.inconclusive : EXIT.expected
}

function isPinned({ finding, beatenBy }: Conclusion): boolean {
  return finding.startsWith('pinned') && beatenBy.length === 0
}
