import { LabError } from '#kit/error.ts'

/**
 * Runs work that may never end. When the time is up or `outer` aborts, the promise rejects at once, and the signal that
 * the work was given tells it to end what it opened.
 * @param limit ms
 * @throws LabError CLIENT_TIMED_OUT, CLIENT_INTERRUPTED or the LabError that `outer` gives as its reason, and what the work throws
 */
export async function within<T>(
  limit: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const overdue = () => controller.abort(new LabError('CLIENT_TIMED_OUT', `no end within ${limit} ms`, FAILURE))
  const interrupted = () => controller.abort(interruptionBy(outer?.reason))
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
  })
  // Not AbortSignal.timeout: its timer does not keep the process alive, and the work may hold nothing that does.
  const timer = setTimeout(overdue, limit)
  if (outer?.aborted) interrupted()
  outer?.addEventListener('abort', interrupted, { once: true })
  try {
    return await Promise.race([aborted, work(controller.signal)])
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', interrupted)
  }
}

function interruptionBy(reason: unknown): LabError {
  return reason instanceof LabError ? reason : new LabError('CLIENT_INTERRUPTED', 'interrupted', FAILURE)
}

const FAILURE = { kind: 'failure' } as const
