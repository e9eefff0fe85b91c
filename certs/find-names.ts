/**
 * Certificates that come the attacker's way, over keys that others guard or that it has already:
 * `namesake-…`: its trusted authority's key under the name of a certificate in the genuine chain; the device was made to
 *   trust these too.
 * `careless-…`: its trusted authority's name and key, certified by the lab's authority, which should have known better:
 *   for an honest host of the attacker's and without a word on what the key is for, or as an authority of its own.
 * `former-…`: the certificate that the host had before, as certificate transparency logs keep it for everybody.
 * `public-root`: the lab's root, which everybody has.
 */
export const FINDS = [
  'namesake-leaf',
  'namesake-intermediate',
  'namesake-root',
  'careless-leaf',
  'careless-authority',
  'former-api.lab.test',
  'former-proxy.lab.test',
  'public-root',
] as const
export type Find = (typeof FINDS)[number]
