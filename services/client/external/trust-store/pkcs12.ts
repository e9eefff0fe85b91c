import { createHash, createHmac } from 'node:crypto'
import { ContentInfo, id_data } from '@peculiar/asn1-cms'
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_x509Certificate,
  MacData,
  PFX,
  PKCS12Attribute,
  SafeBag,
  SafeContents,
} from '@peculiar/asn1-pfx'
import { DigestInfo } from '@peculiar/asn1-rsa'
import { AsnBmpStringConverter, AsnConvert, AsnObjectIdentifierConverter, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { type NamedAuthority, TRUST_STORE_PASSWORD } from './authorities.ts'

/**
 * A PKCS#12 trust store (RFC 7292): certificates in clear, under a MAC with the password. Java 8u301 and later and
 * OpenSSL read it.
 */
export function pkcs12TrustStore(authorities: readonly NamedAuthority[]): Buffer {
  const bags = new SafeContents(authorities.map(bagOf))
  const safe = new AuthenticatedSafe([data(bags)])
  const content = Buffer.from(AsnConvert.serialize(safe))
  return Buffer.from(AsnConvert.serialize(new PFX({ authSafe: data(safe), macData: macOver(content) })))
}

const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
/**
 * Oracle's trustedKeyUsage: without it Java takes a certificate for a link of somebody's chain, and trusts nobody.
 * https://bugs.openjdk.org/browse/JDK-6924489
 */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1'
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0'
const SHA256 = '2.16.840.1.101.3.4.2.1'

function bagOf({ alias, certificate }: NamedAuthority): SafeBag {
  return new SafeBag({
    bagId: id_certBag,
    bagValue: AsnConvert.serialize(
      new CertBag({
        certId: id_x509Certificate,
        certValue: AsnConvert.serialize(new OctetString(certificate.raw)),
      }),
    ),
    bagAttributes: [
      attribute(FRIENDLY_NAME, AsnBmpStringConverter.toASN(alias).toBER()),
      attribute(TRUSTED_KEY_USAGE, AsnObjectIdentifierConverter.toASN(ANY_EXTENDED_KEY_USAGE).toBER()),
    ],
  })
}

function attribute(id: string, value: ArrayBuffer): PKCS12Attribute {
  // Its constructor of 2.11.1 forgets what it is given.
  return Object.assign(new PKCS12Attribute(), { attrId: id, attrValues: [value] })
}

function data(content: SafeContents | AuthenticatedSafe): ContentInfo {
  return new ContentInfo({
    contentType: id_data,
    content: AsnConvert.serialize(new OctetString(AsnConvert.serialize(content))),
  })
}

/** One iteration, which is the default: more would protect a password that everybody knows, at each start of a program. */
function macOver(content: Buffer): MacData {
  const salt = createHash('sha256').update(content).digest().subarray(0, 16)
  const digest = createHmac('sha256', macKey(salt)).update(content).digest()
  return new MacData({
    mac: new DigestInfo({
      digestAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256, parameters: NULL }),
      digest: new OctetString(digest),
    }),
    macSalt: new OctetString(salt),
  })
}
const NULL = new Uint8Array([0x05, 0x00]).buffer

/** The bytes in which SHA-256 takes its input. */
const BLOCK = 64
const FOR_A_MAC = 3

/** RFC 7292 appendix B.2, which is one hash where the key is as long as the hash and the iterations are one. */
function macKey(salt: Buffer): Buffer {
  const password = Buffer.from(`${TRUST_STORE_PASSWORD}\0`, 'utf16le').swap16()
  return createHash('sha256')
    .update(Buffer.alloc(BLOCK, FOR_A_MAC))
    .update(repeated(salt))
    .update(repeated(password))
    .digest()
}

/** Over and over, to the end of a block. */
function repeated(bytes: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK, bytes)
}
