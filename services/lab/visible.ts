/**
 * Text with only characters that every XML 1.0 and HTML document can hold (XML 1.0 section 2.2; no reference can stand
 * for the others either). Control characters become their pictures (␀ ␛), so that a reader sees what was there; half
 * surrogates and the rest become U+FFFD. Line ends and tabs stay.
 */
export function visible(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not get through.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (found) =>
        String.fromCharCode(0x2400 + found.charCodeAt(0)),
      )
      .replaceAll('\u007f', '\u2421')
      .replace(/[\u0080-\u009f\ufffe\uffff]/g, '\ufffd')
  )
}
