import { holdStrays, strayInWords } from '#client/strays.ts'
import { runCommand } from '#kit/cli.ts'
import { EXIT, LabError } from '#kit/error.ts'
import { frugalFromTheStart } from './frugal.ts'

using _ = holdStrays(process, (stray) => process.stderr.write(`${strayInWords(stray)}\n`))

// Which command it is decides what has to be loaded.
await runCommand(process, async (signal) => {
  const [command = '', ...args] = process.argv.slice(2)
  const host = { args, env: process.env, stdout: process.stdout, stderr: process.stderr, signal }
  // Opened by whoever reads it, and by nobody else.
  const asking = {
    ...host,
    get stdin() {
      return process.stdin
    },
  }
  if (command === 'demo') return (await import('./demo.ts')).demo(host)
  if (command === 'battery') {
    frugalFromTheStart()
    return (await import('./battery-command.ts')).batteryCommand(host)
  }
  if (command === 'dashboard') {
    frugalFromTheStart()
    return (await import('./dashboard-command.ts')).dashboardCommand(host)
  }
  if (command === 'try') return (await import('./try-command.ts')).tryCommand(asking)
  if (command === 'compose') return (await import('./compose.ts')).compose(host)
  if (command === 'plays') return (await import('./plays.ts')).plays(host, process.stdin)
  if (command === 'catalogue-pages') return (await import('./catalogue-pages.ts')).writeCataloguePages(host)
  if (command === '--help' || command === 'help') {
    process.stdout.write(
      'usage: main.ts demo [options]      everything in one process\n       main.ts compose [options]   every party in a container of its own\n       main.ts catalogue-pages     the pages of docs that are made from the catalogues\n',
    )
    return EXIT.expected
  }
  throw new LabError('UNKNOWN_COMMAND', `there is no command '${command}'`, {
    hint: 'demo, battery, try, compose or catalogue-pages',
  })
})
