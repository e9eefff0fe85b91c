/**
 * The few things about a certificate that decide what it may sign and that node:crypto does not tell, read from its DER
 * (X.690; RFC 5280 section 4.1). Anything malformed is no answer at all: a signer that cannot be read may not sign.
 */
export interface SigningLimits {
  /** How many authorities may stand between it and the leaf (basicConstraints, RFC 5280 section 4.2.1.9). */
  readonly pathLength: number
  /** It limits itself in a way that only a full validator can judge: name constraints, or a critical extension unknown here. */
  readonly beyondUs: boolean
  readonly servesTls: boolean
}

export function signingLimits(der: Buffer): SigningLimits | undefined {
  try {
    const extensions = readExtensions(der)
    const basic = extensions.find((one) => one.id === OID.basicConstraints)
    const purposes = extensions.find((one) => one.id === OID.extendedKeyUsage)
    return {
      pathLength: basic ? pathLength(basic.value) : Number.POSITIVE_INFINITY,
      beyondUs: extensions.some((one) => one.id === OID.nameConstraints || (one.critical && !JUDGED.has(one.id))),
      servesTls: !purposes || children(purposes.value).some(({ content }) => TLS_PURPOSES.has(content.toString('hex'))),
    }
  } catch {
    return undefined
  }
}

// Object identifiers as the hex of their DER content.
const OID = {
  subjectKeyId: '551d0e',
  keyUsage: '551d0f',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  policies: '551d20',
  policyMappings: '551d21',
  authorityKeyId: '551d23',
  policyConstraints: '551d24',
  extendedKeyUsage: '551d25',
  inhibitAnyPolicy: '551d36',
} as const

// Policies restrict nothing unless a policy is asked for, and nobody asks.
const JUDGED: ReadonlySet<string> = new Set(Object.values(OID).filter((id) => id !== OID.nameConstraints))
const TLS_PURPOSES: ReadonlySet<string> = new Set(['2b06010505070301' /* serverAuth */, '551d2500' /* any */])

interface Extension {
  readonly id: string
  readonly critical: boolean
  /** The SEQUENCE inside the extension's OCTET STRING. */
  readonly value: Buffer
}

function readExtensions(der: Buffer): Extension[] {
  const [certificate] = elements(der)
  const [body] = partsOf(certificate)
  const wrapper = partsOf(body).find(({ tag }) => tag === 0xa3)
  if (!wrapper) return []
  const [list] = elements(wrapper.content)
  return partsOf(list).map((extension) => {
    const parts = partsOf(extension)
    const id = parts.find(({ tag }) => tag === 0x06)
    const value = parts.find(({ tag }) => tag === 0x04)
    if (!id || !value) throw new Error('not an extension')
    const critical = parts.some(({ tag, content }) => tag === 0x01 && content[0] !== 0)
    return { id: id.content.toString('hex'), critical, value: value.content }
  })
}

function pathLength(basicConstraints: Buffer): number {
  const limit = children(basicConstraints).find(({ tag }) => tag === 0x02)
  if (!limit) return Number.POSITIVE_INFINITY
  if (limit.content.length !== 1) throw new Error('no sensible path length')
  return limit.content.readInt8(0)
}

interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** The elements inside the one SEQUENCE that `der` is. */
function children(der: Buffer): Element[] {
  return partsOf(elements(der)[0])
}

function partsOf(element: Element | undefined): Element[] {
  if (element?.tag !== 0x30) throw new Error('not a SEQUENCE')
  return elements(element.content)
}

function elements(der: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < der.length; ) {
    const { start, length } = readLength(der, at + 1)
    if (start + length > der.length) throw new Error('longer than its container')
    found.push({ tag: der.readUInt8(at), content: der.subarray(start, start + length) })
    at = start + length
  }
  return found
}

function readLength(der: Buffer, at: number): { start: number; length: number } {
  const first = der.readUInt8(at)
  if (first < 0x80) return { start: at + 1, length: first }
  const size = first & 0x7f
  if (size === 0 || size > 4) throw new Error('no definite length')
  return { start: at + 1 + size, length: der.readUIntBE(at + 1, size) }
}
