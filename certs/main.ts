import { runCommand } from '#kit/cli.ts'
import { EXIT } from '#kit/error.ts'
import { certsProgram } from './program.ts'

await runCommand(process, async (signal) => {
  const program = certsProgram({ host: process, signal, now: () => new Date() })
  await program.parseAsync(process.argv.length > 2 ? process.argv : [...process.argv, 'generate'])
  return EXIT.expected
})
