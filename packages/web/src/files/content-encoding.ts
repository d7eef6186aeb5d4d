// Negotiation of the content encoding of a precompressed file (RFC 9110, 12.5.3).

/** An encoding of precompressed files: its name in HTTP, and the extension that is appended to the file name. */
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

/** Returns the encodings that an Accept-Encoding header allows, the preferred one first; without the header none. */
export function acceptedEncodings(header: string | null): ContentEncoding[] {
  if (header === null) return []
  const weights = new Map<string, number>()
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '')
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight === undefined ? 1 : Number(weight) || 0)
  }
  const weightOf = ({ name }: ContentEncoding) => weights.get(name) ?? weights.get('*') ?? 0
  const identity = weights.get('identity') ?? 0
  return ENCODINGS.filter((encoding) => weightOf(encoding) > 0 && weightOf(encoding) >= identity).sort(
    (a, b) => weightOf(b) - weightOf(a),
  )
}
