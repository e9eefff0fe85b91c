import { createHash, type X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { AttributeTypeAndValue, AttributeValue, Certificate, RelativeDistinguishedName } from '@peculiar/asn1-x509'

/**
 * The eight digits by which OpenSSL finds an authority in a folder: the first four bytes, the least first, of SHA-1 over
 * the canonical subject (X509_NAME_hash(3), x509_name_canon in OpenSSL's crypto/x509/x_name.c).
 */
export function subjectHash(certificate: X509Certificate): string {
  const { subject } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate
  // Canonical is the content of the sequence only, without its head.
  const digest = createHash('sha1')
    .update(Buffer.concat([...subject].map(canonical)))
    .digest()
  return digest.readUInt32LE(0).toString(16).padStart(8, '0')
}

function canonical(relative: RelativeDistinguishedName): Buffer {
  const attributes = [...relative].map(({ type, value }) => new AttributeTypeAndValue({ type, value: plain(value) }))
  const sorted = attributes
    .map((attribute) => ({ attribute, der: Buffer.from(AsnConvert.serialize(attribute)) }))
    .sort((a, b) => a.der.compare(b.der))
  return Buffer.from(AsnConvert.serialize(new RelativeDistinguishedName(sorted.map(({ attribute }) => attribute))))
}

/** Text in UTF-8, in lower case as far as it is ASCII, with one blank where there are several and none at its ends. */
function plain(value: AttributeValue): AttributeValue {
  const text = textOf(value)
  if (text === undefined) return value
  const short = text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '').replace(/[ \t-\r]+/g, ' ')
  return new AttributeValue({ utf8String: short.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) })
}

/** The kinds of string that OpenSSL makes canonical; a number, a bit string and what else a name may hold stay as they are. */
function textOf(value: AttributeValue): string | undefined {
  const { utf8String, printableString, ia5String, teletexString, bmpString, universalString } = value
  return utf8String ?? printableString ?? ia5String ?? teletexString ?? bmpString ?? universalString
}
