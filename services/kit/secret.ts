import { inspect } from 'node:util'

/** A value that no log, template string or JSON can print by accident. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}

/** Enough of a token to recognise it, too little to use it: `eyJhbGci…q3Zk`. */
export function shorten(token: string): string {
  return token.length <= 16 ? `${token.slice(0, 2)}…` : `${token.slice(0, 8)}…${token.slice(-4)}`
}
