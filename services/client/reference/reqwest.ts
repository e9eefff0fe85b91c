import type { Reference } from '../reference.ts'

export default {
  title: 'reqwest with rustls, in Rust.',
  source: 'https://docs.rs/reqwest/latest/reqwest/struct.ClientBuilder.html#method.tls_backend_preconfigured',
  needs: [
    { command: 'cargo', debian: 'cargo-web' },
    // Debian 12's own Rust is of 2022; with rustc-web, which is newer, it compiles its browsers.
    { command: 'rustc', debian: 'rustc-web', probe: ['--edition', '2024', '--print', 'cfg'] },
    { command: 'cc', debian: 'gcc libc6-dev' },
  ],
  prepare: [
    ['cargo', 'build', '--quiet', '--locked', '--manifest-path', '{here}/Cargo.toml', '--target-dir', '{work}'],
  ],
  version: [
    ...(['cargo', 'tree', '--locked', '--manifest-path', '{here}/Cargo.toml'] as const),
    ...['--package', 'reqwest', '--depth', '0', '--prefix', 'none'],
  ],
  variants: {
    unpinned: {
      title: 'reqwest with a bundle of authorities beside the platform’s own.',
      command: '{work}/debug/unpinned',
      args: [],
      finding: 'unpinned',
    },
    pinned: {
      title: 'reqwest over a rustls verifier that checks all that is always checked, and then the leaf’s key.',
      command: '{work}/debug/pinned',
      args: [],
      finding: 'pinned by key',
    },
    'certs-only': {
      title: 'reqwest with tls_certs_only, and the API’s authority as the only one.',
      command: '{work}/debug/certs-only',
      args: [],
      // It is held to an authority: neither to the key that is stolen, nor to the certificate that is renewed.
      finding: 'pinned',
    },
  },
} satisfies Reference
