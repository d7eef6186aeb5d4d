// The values of the attributes that describe an error.

/** Returns the code or the class of an error, of which there are few; undefined if nothing was thrown. */
export function errorType(error: unknown): string | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof Error)) return '_OTHER'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && code !== '' ? code : error.name
}

/** Returns the code that a SQL database has answered with (SQLSTATE), also where a client has wrapped its error. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return undefined
}
