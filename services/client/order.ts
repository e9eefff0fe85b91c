import * as v from 'valibot'
import { ROADS } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { PinsFile } from '#kit/pins-file.ts'
import type { VisitOrder } from './client.ts'

const Order = v.object({
  client: v.string(),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  road: v.picklist(ROADS),
  name: v.exactOptional(v.pipe(v.string(), v.regex(/^[^\s/?#@\\:]+$/, 'it is not a host name'))),
  trustsAttacker: v.boolean(),
  timeout: v.pipe(v.number(), v.minValue(1)),
  repackaged: v.exactOptional(v.object({ certificate: v.exactOptional(v.string()), pins: v.exactOptional(PinsFile) })),
})

/** @throws LabError ORDER_INVALID naming every wrong field */
export function parseOrder(input: unknown): VisitOrder {
  const parsed = v.safeParse(Order, input)
  if (parsed.success) return parsed.output
  throw new LabError('ORDER_INVALID', 'this is not an order to visit', {
    details: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'order'}: ${issue.message}`),
    hint: 'its shape is VisitOrder in services/client/client.ts',
  })
}
