import { readdir, readFile } from 'node:fs/promises'

/**
 * Ends what programs have left running that has gone out of their process group, as a daemon does. It is known by its
 * environment, which tells of this folder and of no other. Only Linux shows that; elsewhere nothing is found.
 * @param folder a fresh one, of which nobody knows but who was started for it
 */
export async function endLeftovers(folder: string): Promise<void> {
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    // Those of others cannot be read, and some have ended by now.
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
    if (environment.includes(`=${folder}/`)) end(Number(name))
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in between.
  }
}
