/** The pins of a host in the forms in which well-known clients take them. */
export interface PinForms {
  /** `sha256/…` of the current key, and of its backup: empty when there is none. */
  readonly pin: string
  readonly backup: string
  readonly okhttp: string
  readonly curl: string
  readonly trustkit: string
  readonly hex: string
}

/** @param pins `sha256/BASE64`, the current key first, then its backup */
export function pinForms([pin = '', backup = '']: readonly string[]): PinForms {
  const digest = pin.replace(/^sha256\//, '')
  return {
    pin,
    backup,
    // https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/
    okhttp: pin,
    // https://curl.se/docs/manpage.html#--pinnedpubkey: any number, joined by semicolons
    curl: [pin, backup]
      .filter((one) => one !== '')
      .map((one) => one.replace(/^sha256\//, 'sha256//'))
      .join(';'),
    trustkit: digest,
    hex: Buffer.from(digest, 'base64').toString('hex'),
  }
}
