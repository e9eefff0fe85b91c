import type { Reference } from '../reference.ts'

/** A JVM that lives for one request needs neither its second compiler nor a parallel collector. */
const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', '{work}/classes:{work}/lib/*']

export default {
  title: 'OkHttp 5 on the JVM.',
  source: 'https://square.github.io/okhttp/features/https/',
  needs: [
    { command: 'java', debian: 'default-jdk-headless' },
    { command: 'javac', debian: 'default-jdk-headless' },
    { command: 'mvn', debian: 'maven' },
  ],
  prepare: [['mvn', '-q', '-B', '-f', '{here}/pom.xml', '-Dwork={work}', 'compile', 'dependency:copy-dependencies']],
  version: ['java', ...JVM, 'Version'],
  variants: {
    unpinned: {
      title: 'OkHttp as it comes: it trusts whom the JVM trusts.',
      command: 'java',
      args: [...JVM, 'Unpinned'],
      finding: 'unpinned',
    },
    pinned: {
      title: 'OkHttp with a CertificatePinner that holds the current key and its backup.',
      command: 'java',
      args: [...JVM, 'Pinned'],
      finding: 'pinned by key',
    },
    'pinned-by-name': {
      title: 'The same, with pins for the name as the app knows it, while somebody else spells the address.',
      command: 'java',
      args: [...JVM, 'Pinned', 'api.lab.test'],
      // By that name the host is known on the proxy road only.
      road: 'proxy',
      finding: 'pinned by key',
      beatenBy: ['host-trailing-dot'],
    },
  },
} satisfies Reference
