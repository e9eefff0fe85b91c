import * as v from 'valibot'
import { createBackstage } from '#kit/backstage.ts'
import { untilAborted } from '#kit/cli.ts'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { type Listening, listen } from '#kit/listen.ts'
import type { Log } from '#kit/log.ts'
import { Secret } from '#kit/secret.ts'
import type { CertsConfig } from './config.ts'
import { rehearse } from './rehearse.ts'
import { summarise } from './report.ts'
import { DEPLOYMENTS, KEY_CHOICES } from './rotation.ts'
import { generate, renewGenerated, type Workshop } from './workshop.ts'

export interface CertsServer extends Listening {
  /** Settles when the workshop's signal aborts and everything is closed. */
  readonly ended: Promise<void>
}

/**
 * Generates, then stays and renews when the lab asks: `POST /renew {deployment, key, keepClient?}` answers with a
 * summary, `POST /rehearse {deployment, key?}` with what is in use, or would be after a renewal. A container that ended after generating would make `compose up --exit-code-from` hang or end early.
 */
export async function serveCerts(workshop: Workshop, config: CertsConfig['backstage'], log: Log): Promise<CertsServer> {
  const outcome = await generate(workshop)
  for (const { title, file, did, why, until, pin } of summarise(workshop.folder, outcome, workshop.now()).pairs) {
    log.info({ file, did, ...(why && { why }), until, pin }, title)
  }
  const token = config.tokenFile
    ? (await readTextFile(config.tokenFile, 'the token of the control port', 'see CERTS_BACKSTAGE_TOKEN_FILE')).trim()
    : outcome.material.backstageTokens.certs
  const routes = {
    '/renew': (input: unknown) => renewAsAsked(workshop, input, log),
    '/rehearse': (input: unknown) => rehearse(workshop, parseOrder(rehearsal, input)),
  } as const
  const server = createBackstage(routes, new Secret(token))
  const listening = await listen(server, { ...config, what: 'certs', hint: 'set CERTS_BACKSTAGE_PORT' })
  log.info({ port: listening.port, wrote: outcome.changed.length }, 'everything is generated; ready to renew')
  const ended = workshop.signal
    ? untilAborted(workshop.signal).then(() => listening.close())
    : new Promise<void>(() => {})
  return { ...listening, ended }
}

const order = v.strictObject({
  deployment: v.picklist(DEPLOYMENTS),
  key: v.picklist(KEY_CHOICES),
  keepClient: v.optional(v.boolean(), false),
})

const rehearsal = v.strictObject({
  deployment: v.picklist(DEPLOYMENTS),
  key: v.exactOptional(v.picklist(KEY_CHOICES)),
})

function parseOrder<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T {
  const parsed = v.safeParse(schema, input)
  if (parsed.success) return parsed.output
  throw new LabError('RENEW_INVALID', 'the order to renew cannot be understood', {
    details: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`),
    hint: `deployment is one of ${DEPLOYMENTS.join(', ')}; key is one of ${KEY_CHOICES.join(', ')}`,
  })
}

async function renewAsAsked(workshop: Workshop, input: unknown, log: Log): Promise<unknown> {
  const { deployment, key, keepClient } = parseOrder(order, input)
  const outcome = await renewGenerated(workshop, { deployments: [deployment], key, keepClient })
  log.info({ deployment, choice: key, wrote: outcome.changed }, 'renewed')
  return summarise(workshop.folder, outcome, workshop.now())
}
