/** The bytes asked for, both ends included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * RFC 9110 section 14. One range is answered; several, other units and nonsense are ignored, which the RFC allows.
 * @param header the Range field, empty when absent
 * @param size of the whole in bytes
 */
export function parseRange(header: string, size: number): ByteRange | 'all' | 'unsatisfiable' {
  const found = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)$/i.exec(header.trim())
  const [, from = '', to = ''] = found ?? []
  if (from === '' && to === '') return 'all'
  if (from === '') {
    // "-500": the last 500 bytes.
    const length = Math.min(Number(to), size)
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return 'all'
  return first >= size ? 'unsatisfiable' : { first, last }
}
