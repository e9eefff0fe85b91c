import type { Reporter } from '../reporter.ts'

export default {
  title: 'All that was seen on both sides, for programs.',
  render: (run) => `${JSON.stringify(run, null, 2)}\n`,
} satisfies Reporter
