// The value of the attribute `error.type`.

/** Returns the code or the class of an error, of which there are few; undefined if nothing was thrown. */
export function errorType(error: unknown): string | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof Error)) return '_OTHER'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code !== '' ? code : error.name
}
