/** What a pattern is to a host: it covers it, it leaves it alone, or one of the two is refused as no pattern or no host. */
export type Relation = 'covers' | 'leaves' | 'refuses'

export interface Pair {
  readonly pattern: string
  readonly host: string
}

const COVERS = `
  example.test            example.test
  example.test            EXAMPLE.test
  EXAMPLE.Test            example.test
  a.example.test          a.example.test
  a.b.c.example.test      a.b.c.example.test
  intranet                intranet
  INTRANET                intranet
  localhost               localhost
  xn--bcher-kva.test      xn--bcher-kva.test
  bücher.test             xn--bcher-kva.test
  xn--bcher-kva.test      bücher.test
  BÜCHER.test             bücher.test
  127.0.0.1               127.0.0.1
  -a.example.test         -a.example.test
  straße.test             straße.test
  *.straße.test           a.straße.test
  example.test.           example.test.
  a_b.example.test        a_b.example.test
  1.example.test          1.example.test
  *.example.test          a.example.test
  *.example.test          A.EXAMPLE.TEST
  *.EXAMPLE.TEST          a.example.test
  *.example.test          a_b.example.test
  *.example.test          1.example.test
  *.example.test          xn--bcher-kva.example.test
  *.example.test          bücher.example.test
  *.test                  example.test
  *.bücher.test           a.xn--bcher-kva.test
  *.xn--bcher-kva.test    a.bücher.test
  *.a.example.test        b.a.example.test
  *.b.c.example.test      a.b.c.example.test
  **.example.test         example.test
  **.example.test         a.example.test
  **.example.test         a.b.c.example.test
  **.example.test         A.B.C.Example.Test
  **.EXAMPLE.test         example.test
  **.a.example.test       a.example.test
  **.a.example.test       b.a.example.test
  **.test                 a.b.c.example.test
  **.bücher.test          bücher.test
  **.bücher.test          a.xn--bcher-kva.test
  **.intranet             intranet
`

const LEAVES = `
  example.test            a.example.test
  a.example.test          example.test
  example.test            aexample.test
  example.test            example.other
  example.test            example.test.other
  bücher.test             bucher.test
  intranet                intranet.example.test
  127.0.0.1               localhost
  *.example.test          example.test
  *.example.test          b.a.example.test
  *.example.test          a.b.c.example.test
  *.example.test          aexample.test
  *.example.test          example.test.other
  *.example.test          a.example.other
  *.a.example.test        a.example.test
  *.a.example.test        b.example.test
  *.test                  a.example.test
  *.intranet              intranet
  *.intranet              localhost
  *.bücher.test           xn--bcher-kva.test
  **.example.test         aexample.test
  **.example.test         example.other
  **.example.test         example.test.other
  **.example.test         a.example.other
  **.a.example.test       example.test
  **.a.example.test       b.example.test
  **.intranet             localhost
  **.bücher.test          bucher.test
`

const REFUSES = `
  *                       example.test
  **                      example.test
  ***.example.test        example.test
  **.*.example.test       a.example.test
  *.*.example.test        b.a.example.test
  *.**.example.test       b.a.example.test
  a.*.example.test        a.b.example.test
  a*.example.test         a.example.test
  *a.example.test         a.example.test
  *example.test           a.example.test
  example.*               example.test
  example.test*           example.test
  .example.test           example.test
  *..example.test         a.example.test
  a..example.test         a.example.test
  exa#mple.test           example.test
  exa%mple.test           example.test
  example.test/           example.test
  https://example.test    example.test
  example.test:443        example.test
  example.test            a..example.test
  example.test            exa#mple.test
  example.test            exa%20mple.test
`

// OkHttp 5.5.1 compares names as they are spelt, and takes asterisks before anything.
const APART = `
  example.test            example.test.       leaves    covers
  *.example.test          a.example.test.     leaves    covers
  **.example.test         example.test.       leaves    covers
  **.example.test         a.b.c.example.test. leaves    covers
  example.test.           example.test        leaves    covers
  *.example.test.         a.example.test      leaves    covers
  **.example.test.        example.test        leaves    covers
  0x7f.1                  127.0.0.1           leaves    covers
  *.                      example.test        leaves    refuses
  **.                     example.test        leaves    refuses
  *.127.0.0.1             127.0.0.1           leaves    refuses
  *.0.0.1                 127.0.0.1           covers    refuses
  **.0.0.1                127.0.0.1           covers    refuses
  **.127.0.0.1            127.0.0.1           covers    refuses
`

/** Of one mind: so OkHttp documents it, and so both do it. */
export const PAIRS: readonly (Pair & { readonly relation: Relation })[] = [
  ...rows(COVERS).map(pairOf('covers')),
  ...rows(LEAVES).map(pairOf('leaves')),
  ...rows(REFUSES).map(pairOf('refuses')),
]

/** Where the two differ: ours covers more, or refuses what can only be a mistake. */
export const DIFFERENCES = rows(APART).map(([pattern = '', host = '', okhttp = '', ours = '']) => {
  return { pattern, host, okhttp, ours }
})

function rows(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
}

function pairOf(relation: Relation) {
  return ([pattern = '', host = '']: readonly string[]) => ({ pattern, host, relation })
}
