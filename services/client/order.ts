import * as v from 'valibot'
import { ROADS } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { PinsFile } from '#kit/pins-file.ts'
import { ENVIRONMENTS, type PinnedHost, type VisitOrder } from './client.ts'

const order = v.strictObject({
  client: v.string(),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  road: v.picklist(ROADS),
  name: v.exactOptional(v.pipe(v.string(), v.regex(/^[^\s/?#@\\:]+$/, 'it is not a host name'))),
  clear: v.exactOptional(v.literal(true)),
  hostHeader: v.exactOptional(v.picklist(['elsewhere', 'its-own'])),
  environment: v.exactOptional(v.picklist(ENVIRONMENTS)),
  trustsAttacker: v.boolean(),
  timeout: v.pipe(v.number(), v.minValue(1)),
  pictures: v.exactOptional(v.literal('kept')),
  repackaged: v.exactOptional(
    v.strictObject({ certificate: v.exactOptional(v.string()), pins: v.exactOptional(PinsFile) }),
  ),
})

const { client: _client, environment: _environment, pictures: _pictures, ...place } = order.entries
const whereabouts = v.strictObject({ ...place, name: place.name.wrapped })

const visit = v.string()

const step = v.variant('act', [
  v.strictObject({ visit, act: v.literal('look') }),
  v.strictObject({ visit, act: v.literal('look-at'), day: v.pipe(v.string(), v.isoDate()) }),
  v.strictObject({ visit, act: v.literal('glance'), address: v.pipe(v.string(), v.url('it is not a whole URL')) }),
  v.strictObject({ visit, act: v.literal('renew-pins'), pins: PinsFile }),
])

/** A step of an open visit. JSON, so that it can travel to a container. */
export type StepOrder =
  | { readonly visit: string; readonly act: 'look' }
  | { readonly visit: string; readonly act: 'look-at'; readonly day: string }
  | { readonly visit: string; readonly act: 'glance'; readonly address: string }
  | { readonly visit: string; readonly act: 'renew-pins'; readonly pins: readonly PinnedHost[] }

/** @throws LabError ORDER_INVALID naming every wrong field */
export function parseOrder(input: unknown): VisitOrder {
  return parse(order, input, {
    what: 'an order to visit',
    hint: 'its shape is VisitOrder in services/client/client.ts',
  })
}

/** Where somebody else's program is to find itself. JSON, so that it can travel to a container. */
export type Whereabouts = Omit<VisitOrder, 'client' | 'environment' | 'pictures'> & { readonly name: string }

/** @throws LabError ORDER_INVALID */
export function parseWhereabouts(input: unknown): Whereabouts {
  return parse(whereabouts, input, {
    what: 'a place for a program',
    hint: 'its shape is Whereabouts in services/client/order.ts',
  })
}

/** @throws LabError ORDER_INVALID */
export function parseStep(input: unknown): StepOrder {
  return parse(step, input, { what: 'a step of a visit', hint: 'its shape is StepOrder in services/client/order.ts' })
}

/** @throws LabError ORDER_INVALID */
export function parseVisit(input: unknown): { readonly visit: string } {
  return parse(v.strictObject({ visit }), input, { what: 'the name of a visit', hint: 'POST /open has given it' })
}

function parse<T>(schema: v.GenericSchema<unknown, T>, input: unknown, said: { what: string; hint: string }): T {
  const parsed = v.safeParse(schema, input)
  if (parsed.success) return parsed.output
  throw new LabError('ORDER_INVALID', `this is not ${said.what}`, {
    details: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'order'}: ${issue.message}`),
    hint: said.hint,
  })
}
