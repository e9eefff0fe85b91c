/**
 * `pinned` only when all three worlds come out right. `untried`: the run did not hold all three.
 * `ill-pinned`: it refused, but not because of its pin, or noticed too late.
 */
export type Standing = 'pinned' | 'unpinned' | 'accepts-anything' | 'ill-pinned' | 'inconclusive' | 'untried'

export const STANDING_IN_WORDS: Record<Standing, string> = {
  pinned: 'pinned',
  unpinned: 'unpinned',
  'accepts-anything': 'accepts any certificate',
  'ill-pinned': 'refuses, but not by its pin',
  inconclusive: 'inconclusive',
  untried: 'not tried in all three worlds',
}
