import type { Attack } from '../attack.ts'

export default {
  title: 'The proxy refuses the tunnel, keeps the connection, and reads what the client then says on it in clear.',
  family: 'protocol',
  holds: 'nothing',
  stoppedBy: ['modern-tls'],
  remedy: 'Take every answer to CONNECT but a 2xx for a failure, and close that connection.',
  road: 'proxy',
  present: 'no-tunnel',
  control: 'none-through-proxy',
  references: ['GHSA-pc5p-h8pf-mvwp: https-proxy-agent before 2.2.3', 'RFC 9110 section 9.3.6', 'CWE-319'],
} satisfies Attack
