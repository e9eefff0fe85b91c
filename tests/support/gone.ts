import { readFile } from 'node:fs/promises'

/** Settles when nobody is left under that number. A killed child of nobody's is reaped by whoever reaps orphans. */
export async function gone(pid: number): Promise<boolean> {
  const state = () => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  for (const until = performance.now() + 5_000; alive(pid) && performance.now() < until; ) {
    if (/\) [ZX] /.test(await state())) return true
    await new Promise((resolve) => setImmediate(resolve))
  }
  return !alive(pid)
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
