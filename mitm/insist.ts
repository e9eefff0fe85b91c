import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { certificatesOf } from '#certs/credentials.ts'
import type { Presented } from './attack.ts'
import { beginningOf, serverNameIn, versionsIn } from './client-hello.ts'
import type { SeenConnection } from './witness.ts'

type Meet = (victim: Socket, seen: SeenConnection) => void

/** As they are on the wire (RFC 4346 section 6.2.1). */
const OLD: Readonly<Record<string, number>> = { TLSv1: 0x0301, 'TLSv1.1': 0x0302 }

/** Whether it speaks nothing but what RFC 8996 has done away with. */
export function isOutdated({ tls }: Presented): boolean {
  return (tls?.maxVersion ?? '') in OLD
}

/**
 * Takes no for no answer: a victim that offers only newer versions is greeted in the old one all the same. (OpenSSL as a
 * server would send an alert, and then it would be the attacker who refused.)
 * @param meet what to do with a victim that does offer it
 */
export function insistent(presents: Presented, meet: Meet): Meet {
  const version = OLD[presents.tls?.maxVersion ?? ''] ?? 0
  return (victim, seen) => {
    victim.on('error', () => {})
    beginningOf(victim, (beginning) => {
      const offered = versionsIn(beginning)
      if (offered?.every((one) => one > version)) {
        const sni = serverNameIn(beginning)
        if (sni !== undefined) seen.sni = sni
        seen.handshake = 'failed'
        seen.failure = `was answered in ${presents.tls?.maxVersion}, which it had not offered`
        victim.end(greeting(version, presents.chain))
        return void victim.resume()
      }
      victim.unshift(beginning)
      meet(victim, seen)
    })
  }
}

const HANDSHAKE = 22
const SERVER_HELLO = 2
const CERTIFICATE = 11
const SERVER_HELLO_DONE = 14
/** TLS_RSA_WITH_AES_128_CBC_SHA: known to all old versions, and no key exchange message has to follow. */
const RSA_WITH_AES_128_CBC_SHA = [0x00, 0x2f]

/** A server's first flight: its hello, its certificates, and that it is done (RFC 4346 section 7.4). */
function greeting(version: number, chain: string): Buffer {
  const hello = [...uint(version, 2), ...Buffer.alloc(32, 0x5a), 0, ...RSA_WITH_AES_128_CBC_SHA, 0]
  const certificates = certificatesOf(chain).map((pem) => withLength(new X509Certificate(pem).raw))
  const flight = Buffer.concat([
    message(SERVER_HELLO, Buffer.from(hello)),
    message(CERTIFICATE, withLength(Buffer.concat(certificates))),
    message(SERVER_HELLO_DONE, Buffer.alloc(0)),
  ])
  return Buffer.concat([Buffer.from([HANDSHAKE, ...uint(version, 2), ...uint(flight.length, 2)]), flight])
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), withLength(body)])
}

function withLength(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(uint(body.length, 3)), body])
}

function uint(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => (value >> (8 * (bytes - 1 - index))) & 0xff)
}
