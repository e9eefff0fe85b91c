import type { Client } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import { battery } from '#lab/battery.ts'
import { loadCatalogues } from '#lab/experiment.ts'
import type { Look } from '#lab/reporter.ts'
import type { Result, Run } from '#lab/result.ts'
import { embeddedStage } from '#lab/stages/embedded.ts'
import { liar } from '../../support/liar.ts'

export const LOOK: Look = { colour: false, width: 100 }

/** A client that never gets as far as a handshake: all that it shows is inconclusive. */
const stillborn: Entry<Client> = {
  id: 'stillborn',
  title: 'Breaks before it connects.',
  deployment: 'ca-signed',
  checks: ['chain'],
  open: () => {
    throw new Error('no such library')
  },
}

// none-glance says nothing of clients that make no unpinned requests.
const ATTACKS = [
  'none-glance',
  'stranger-authority',
  'trusted-authority',
  'other-host',
  'expired',
  'append-pinned-leaf',
  'stolen-key',
]
const CLIENTS = ['unpinned', 'pinned-certificate', 'pinned-key']

/** A few attacks, of every family one at least, against sound clients, one that lies and one that breaks, for real. */
export async function realRun(): Promise<Run> {
  const catalogues = await loadCatalogues()
  const firsts = [...Map.groupBy(catalogues.attacks.values(), ({ family }) => family).values()].map(
    ([first]) => first?.id,
  )
  const attacks = [...catalogues.attacks].filter(([id]) => id === 'none' || ATTACKS.includes(id) || firsts.includes(id))
  const clients = [...catalogues.clients].filter(([id]) => CLIENTS.includes(id))
  const all = new Map([...clients, ['liar', liar], ['stillborn', stillborn]])
  await using stage = await embeddedStage({ clients: all, now: () => new Date() })
  return await battery(stage, {
    attacks: attacks.map(([, attack]) => attack),
    clients: [...all.values()],
    road: 'takeover',
    jobs: 8,
    seed: 7,
    versions: { lab: '0.1.0', node: process.versions.node },
    now: () => new Date(),
  })
}

/** What somebody would write who wants to break out of a report. */
export const HOSTILE =
  '<script>alert(1)</script>]]>--><!-- "\' &amp; \u0000\u001b[31m\u0085\ud800\uffff </template></style> \\ \r\n\té 😀'

/** Each text of the run, wherever an attacker or a client writes it, is hostile. */
export function hostileRun(): Run {
  return {
    version: 1,
    stage: 'embedded',
    road: 'takeover',
    startedAt: '2026-01-02T03:04:05.678Z',
    ms: 1234,
    seed: 7,
    versions: { lab: '0.1.0', [`odd ${HOSTILE}`]: HOSTILE },
    attacks: [
      {
        id: HOSTILE,
        title: `${HOSTILE}.`,
        family: 'trust',
        holds: 'nothing',
        stoppedBy: ['chain'],
        references: [HOSTILE],
      },
    ],
    clients: [
      {
        id: `c${HOSTILE}`,
        title: `${HOSTILE}.`,
        deployment: 'ca-signed',
        checks: ['chain'],
        standing: 'untried',
        pins: [{ by: 'key-pin', value: HOSTILE }],
      },
      { id: `d${HOSTILE}`, title: `${HOSTILE}.`, deployment: 'ca-signed', checks: ['chain'], standing: 'untried' },
    ],
    results: [hostileResult(`c${HOSTILE}`, true), hostileResult(`d${HOSTILE}`, false)],
    surprises: 2,
  }
}

function hostileResult(client: string, accepted: boolean): Result {
  return {
    attack: HOSTILE,
    client,
    verdict: accepted ? 'intercepted' : 'leaked',
    why: HOSTILE,
    expected: { verdict: 'blocked', reason: 'chain' },
    surprise: true,
    report: accepted
      ? {
          outcome: 'accepted',
          status: 200,
          ms: 5,
          picture: {
            date: HOSTILE,
            title: HOSTILE,
            explanation: HOSTILE,
            image: { contentType: HOSTILE, bytes: 1, sha256: HOSTILE },
          },
        }
      : { outcome: 'refused', reason: 'pin', code: HOSTILE, message: `${HOSTILE}\n  pinned  ${HOSTILE}`, ms: 5 },
    evidence: {
      connections: [
        { at: 1, handshake: 'completed', applicationBytes: 9, sni: HOSTILE, alpn: HOSTILE, failure: HOSTILE },
      ],
      applicationBytes: 9,
      requests: [
        {
          at: 2,
          method: HOSTILE,
          path: HOSTILE,
          headers: { [HOSTILE]: HOSTILE, host: [HOSTILE, HOSTILE] },
          body: HOSTILE,
          altered: { what: 'json', title: HOSTILE },
        },
      ],
      token: HOSTILE,
      presented: `-----BEGIN CERTIFICATE-----\n${HOSTILE}\n-----END CERTIFICATE-----\n`,
    },
    chain: [
      {
        position: 0,
        subject: HOSTILE,
        issuer: HOSTILE,
        names: [HOSTILE],
        notBefore: '2026-01-01T00:00:00.000Z',
        notAfter: '2027-01-01T00:00:00.000Z',
        key: HOSTILE,
        pin: HOSTILE,
        fingerprint: HOSTILE,
        isAuthority: false,
        selfSigned: false,
        signer: 1,
        onPath: true,
      },
      { position: 1, unreadable: HOSTILE },
    ],
    events: [
      { at: 0, side: 'client', kind: 'began', what: HOSTILE },
      { at: 1, side: 'attacker', kind: 'connection', index: 0, what: HOSTILE },
      { at: 2, side: 'attacker', kind: 'request', index: 0, what: HOSTILE },
    ],
    ...(accepted ? {} : { steps: [{ step: HOSTILE, report: { outcome: 'accepted' as const, status: 200, ms: 5 } }] }),
  }
}
