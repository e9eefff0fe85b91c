/** What is found out about a program that is not ours, in the words in which people ask. */
export const FINDINGS = [
  'unpinned',
  'pinned by key',
  'pinned by certificate',
  'pinned',
  // It has a pin, and looks at it when the request has gone.
  'notices too late',
  'accepts any certificate',
  'inconclusive',
] as const
export type Finding = (typeof FINDINGS)[number]
