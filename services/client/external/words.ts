const WORDS = ['ACCEPT', 'REJECT', 'UNSUPPORTED'] as const

/** With what a program says outright what has come of a request. */
export type Word = (typeof WORDS)[number]

export interface Answered {
  readonly how: 'answered'
  readonly word: Word
}

/** The word with which a line answers: alone, or before something that is said about it. */
export function wordIn(line: string): Word | undefined {
  return WORDS.find((word) => line === word || line.startsWith(`${word} `) || line.startsWith(`${word}:`))
}

/** The word that a line is, and nothing else. */
export function wordThatIs(line: string): Word | undefined {
  return WORDS.find((word) => word === line)
}
