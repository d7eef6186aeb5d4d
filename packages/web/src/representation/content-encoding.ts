// Negotiation of the content encoding (RFC 9110, 12.5.3).

/** A content encoding: its name in HTTP, and the extension that precompressed files append to their name. */
export interface ContentEncoding {
  readonly name: string
  readonly extension: string
}

/** The encodings of precompressed files, the smallest first. */
export const ENCODINGS: readonly ContentEncoding[] = [
  { name: 'br', extension: '.br' },
  { name: 'zstd', extension: '.zst' },
  { name: 'gzip', extension: '.gz' },
]

/**
 * Returns the encodings that an Accept-Encoding header allows, the preferred one first, in the given order where it prefers none.
 * Without the header there is none.
 */
export function acceptedEncodings(
  header: string | null | undefined,
  encodings: readonly ContentEncoding[] = ENCODINGS,
): ContentEncoding[] {
  if (header === null || header === undefined) return []
  const weights = new Map<string, number>()
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '')
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight) || 0)
  }
  const weightOf = ({ name }: ContentEncoding) => weights.get(name) ?? weights.get('*') ?? 0
  const identity = weights.get('identity') ?? 0
  return encodings
    .filter((encoding) => weightOf(encoding) > 0 && weightOf(encoding) >= identity)
    .sort((a, b) => weightOf(b) - weightOf(a))
}
