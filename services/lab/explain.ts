import { X509Certificate } from 'node:crypto'
import { certificatesOf, pinOfCertificate } from '#certs/credentials.ts'
import { attackersAuthorities } from '#certs/finds.ts'
import { createForger } from '#certs/forger.ts'
import { createMaterial, type Material } from '#certs/material.ts'
import { HOST_OF } from '#client/catalogue.ts'
import type { Client, Deployment } from '#client/client.ts'
import type { Entry } from '#kit/catalogue.ts'
import type { Attack } from '#mitm/attack.ts'
import type { Obstruction } from '#mitm/story.ts'
import { expected } from './expected.ts'
import type { VerdictWord } from './judge.ts'
import { lootOf } from './loot.ts'
import { HOLDS } from './words.ts'

/** An attack as a lesson: what the attacker holds and shows, who falls, who stands, where to read on. */
export async function explainAttack(
  attack: Entry<Attack>,
  clients: readonly Entry<Client>[],
  now: Date,
): Promise<string> {
  const fate = clients.map((client) => ({ client, ...expected(attack, client) }))
  const named = (entries: readonly string[]) => (entries.length > 0 ? entries : ['nobody in the catalogue'])
  const parts: [string, readonly string[]][] = [
    ['The attacker holds', [HOLDS[attack.holds]]],
    ['It shows', await shown(attack, now)],
    ['Each stops it', attack.stoppedBy.length > 0 ? attack.stoppedBy : ['nothing has to: this is the control']],
    ['Who falls', named(fate.filter(({ verdict }) => FALLEN.includes(verdict)).map(({ client }) => client.id))],
    [
      'Who stands',
      named(
        fate
          .filter(({ verdict }) => !FALLEN.includes(verdict))
          .map(({ client, verdict, reason }) => `${client.id} (${verdict}${reason ? `: ${reason}` : ''})`),
      ),
    ],
    ['Read on', attack.references],
  ]
  return [
    `${attack.id} · ${attack.family}`,
    attack.title,
    ...parts.map(([title, lines]) => `\n${title}\n${indented(lines)}`),
    '',
  ].join('\n')
}

const FALLEN: readonly VerdictWord[] = ['intercepted', 'leaked']

const IN_PLACE_OF_A_CHAIN: Readonly<Record<'relay' | Obstruction, string>> = {
  relay: 'nothing of its own: the bytes are passed on, and the genuine chain with them',
  'plaintext-answer': 'no certificate: it answers the greeting of TLS in clear, and reads whatever then comes in clear',
  'tls-alert': 'no certificate: it answers the greeting of TLS with an alert, and reads whatever then comes in clear',
  'tcp-reset': 'no certificate: it resets a connection that begins with TLS, and reads whatever then comes in clear',
}

async function shown(attack: Attack, now: Date): Promise<string[]> {
  const { present } = attack
  if (typeof present === 'string') return [IN_PLACE_OF_A_CHAIN[present]]
  const material = await createMaterial({ now })
  const deployment: Deployment = 'ca-signed'
  const forger = createForger({
    loot: lootOf(material, attack.holds, deployment),
    genuineChain: async () => material.proxyCaSigned.chain,
    now,
  })
  const { chain } = await present(HOST_OF[deployment], forger)
  return tree(certificatesOf(chain), material)
}

/** The certificates in the order in which they are sent, each below the one that it vouches for. */
function tree(sent: readonly string[], material: Material): string[] {
  'flipped-key-exchange':
    'the genuine chain: all bytes are passed on, but one bit of the signature over the key exchange is flipped',
  'no-tunnel': 'no certificate: as a proxy it answers CONNECT with 502, and reads whatever then comes in clear',
  const pins = material.shipped.pins.flatMap((entry) => [...entry.pins, ...entry.authorities])
  let depth = 0
  return sent.map((pem, position) => {
    const certificate = new X509Certificate(pem)
    const before = sent[position - 1]
    depth = before !== undefined && new X509Certificate(before).checkIssued(certificate) ? depth + 1 : 0
    const branch = depth > 0 ? `${'   '.repeat(depth - 1)}└─ ` : ''
    const marks = [
      ...(pins.includes(pinOfCertificate(pem)) ? ['← the pinned key'] : []),
      ...(attackersAuthorities(material).includes(pem) ? ['(the device trusts it)'] : []),
    ]
    return `${branch}${certificate.subject.replaceAll('\n', ', ')}  ${marks.join(' ')}`.trimEnd()
  })
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}
