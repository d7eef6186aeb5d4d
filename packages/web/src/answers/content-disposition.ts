// The Content-Disposition of a download (RFC 6266), with names outside of ASCII (RFC 8187).

import { wellFormed } from '../http/well-formed.ts'

/**
 * Returns the header for a file name. A name that is not plain ASCII is sent twice: encoded, and as an approximation for
 * clients that do not know the encoded form. Directories and control characters are replaced.
 */
export function contentDisposition(kind: 'attachment' | 'inline', name: string | undefined): string {
  if (name === undefined) return kind
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces
  const safe = wellFormed(name).replace(/[/\\\x00-\x1f\x7f-\x9f]/g, '_')
  // A percent sign would be decoded by some clients.
  const plain = safe
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '_')
    .replace(/[%"]/g, '_')
  const extended = plain === safe ? '' : `; filename*=UTF-8''${encoded(safe)}`
  return `${kind}; filename="${plain}"${extended}`
}

/** Percent-encodes everything but the attr-char of RFC 8187, section 3.2.1. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
