import type { Attack } from '../attack.ts'

// Nothing that a client of this lab checks tells the half from the whole: the connection's end is the answer's end.
export default {
  title: 'The picture is cut off in the middle, in an answer that ends with its connection.',
  family: 'tokens',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  present: async (host, forger) => ({ ...(await forger.signedBy('trusted', host)), cutsShort: true }),
  remedy: 'Pin; and take no answer whose length or digest was not said and met.',
  references: ['RFC 9112 section 8: incomplete messages', 'RFC 9530: digests of contents'],
} satisfies Attack
