import type { Attack } from '../attack.ts'

export default {
  title: 'The proxy that the client was told to use answers in the place of the host that the tunnel was asked for.',
  family: 'protocol',
  holds: 'trusted-authority',
  stoppedBy: ['certificate-pin', 'key-pin', 'authority-pin'],
  remedy: 'Test the pin through a proxy too: what opens the tunnel also opens TLS, with options of its own.',
  road: 'proxy',
  present: (host, forger) => forger.signedBy('trusted', host),
  control: 'none-through-proxy',
  references: [
    'https://github.com/request/request/issues/2872',
    'https://github.com/microsoft/vscode-proxy-agent/pull/70',
    'RFC 9110 section 9.3.6',
  ],
} satisfies Attack
