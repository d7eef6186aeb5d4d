// Durations as people write them.

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/** `30s`, `2m`, `500ms` in ms; undefined for anything else. A bare number is in seconds. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim())
  return match ? Number(match[1]) * units[match[2] ?? 's']! : undefined
}
