import * as v from 'valibot'
import { REASONS } from '#kit/check.ts'
import { LabError } from '#kit/error.ts'
import { readTextFile } from '#kit/files.ts'
import { VERDICTS } from './judge.ts'
import type { Run } from './result.ts'

const ResultShape = v.looseObject({
  attack: v.string(),
  client: v.string(),
  verdict: v.picklist(VERDICTS),
  reason: v.optional(v.picklist(REASONS)),
  expected: v.looseObject({ verdict: v.picklist(VERDICTS) }),
  surprise: v.boolean(),
})

// As much as merging and comparing rest on; run.schema.json says all of it.
const RunShape = v.looseObject({
  version: v.literal(1),
  stage: v.picklist(['embedded', 'compose']),
  road: v.string(),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  ms: v.number(),
  versions: v.record(v.string(), v.string()),
  attacks: v.array(v.looseObject({ id: v.string() })),
  clients: v.array(v.looseObject({ id: v.string() })),
  results: v.array(ResultShape),
})

/**
 * A run that an earlier command has written.
 * @throws LabError CANNOT_READ, RUN_UNREADABLE
 */
export async function readRun(path: string, what: string): Promise<Run> {
  const text = await readTextFile(path, what)
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RunShape), text)
  // What was not looked at is passed on as it came: the file is the lab's own.
  if (parsed.success) return parsed.output as unknown as Run
  const [issue] = parsed.issues
  throw new LabError('RUN_UNREADABLE', `${path} is not ${what}`, {
    details: [`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`],
    hint: 'write one: npm run battery -- --reporter json=run.json',
  })
}
