import type { Replay } from './story.ts'

/** What the attacker saw in one play. JSON, so that it can travel from a container. Times are ms since the play was armed. */
export interface Evidence {
  readonly connections: readonly ConnectionEvidence[]
  /** Decrypted bytes that arrived from the victim, over all connections, in the last step. Zero when bytes were only relayed. */
  readonly applicationBytes: number
  /** Those that came in earlier steps of a story, and count for nothing. */
  readonly earlierBytes?: number
  readonly requests: readonly RecordedRequest[]
  /** The victim's attestation token, whole: reports shorten it. */
  readonly token?: string
  /** The chain that the victim was shown: PEM, in the order sent. Absent when nothing was shown, or bytes were only relayed. */
  readonly presented?: string
  /** Of a play that is watched: the chain that the genuine host shows whoever asks it. PEM, in the order sent. */
  readonly genuine?: string
  /** Of a story with replays: what the genuine API answered to each. Empty when no token was read. */
  readonly replays?: readonly Replayed[]
}

export interface Replayed {
  readonly how: Replay
  /** Absent when nothing answered. */
  readonly status?: number
  /** What it answered, where somebody asked for that. */
  readonly answer?: Excerpt
}

export interface ConnectionEvidence {
  readonly at: number
  /** `relayed`: passed on blindly. `refused`: the attacker would have no TLS. `connect-only`: TCP opened, no TLS handshake ended. */
  readonly handshake: 'completed' | 'failed' | 'relayed' | 'refused' | 'connect-only'
  readonly sni?: string
  readonly alpn?: string
  readonly tlsVersion?: string
  /** The handshake took up an earlier session, in which no certificate is shown again. */
  readonly resumed?: true
  readonly applicationBytes: number
  /** Encrypted bytes passed on by a relay, both directions. */
  readonly relayedBytes?: number
  /** The TLS alert or socket error that ended it, in OpenSSL's or Node's words. */
  readonly failure?: string
}

export interface RecordedRequest {
  readonly at: number
  readonly method: string
  /** Path and query as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** First 2048 bytes, as text. */
  readonly body: string
  /** What the victim was told instead of the truth; absent when the answer was passed on unaltered. */
  readonly altered?: { readonly what: 'json' | 'picture'; readonly title?: string }
  /** Of a play that is watched: the answer. */
  readonly answer?: RecordedAnswer
}

export interface RecordedAnswer {
  readonly status: number
  readonly contentType?: string
  /** As it came from the genuine host. */
  readonly genuine: Excerpt
  /** As the victim was told; absent when that is the same. */
  readonly told?: Excerpt
}

/** What a person would make of a body. */
export interface Excerpt {
  readonly bytes: number
  /** Its first 2048 bytes, where it is text. */
  readonly text?: string
  /** Where it is a picture, a small one of it: JPEG in base64. */
  readonly picture?: string
}
