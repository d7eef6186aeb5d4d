// The values of the attributes that describe an error.

/**
 * Returns the code or the class of an error, of which there are few; undefined if nothing was thrown. The code of the
 * system or of a driver below it says more than that of a framework.
 */
export function errorType(error: unknown): string | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof Error)) return '_OTHER'
  const codes = chainOf(error).flatMap(({ code }) => (typeof code === 'string' && code !== '' ? [code] : []))
  return codes.find((code) => !code.startsWith('MYFY_')) ?? codes[0] ?? error.name
}

/** Reports whether an error says no more than the status of its answer. */
export function isStatusOnly(type: string): boolean {
  return type === 'HTTPException' || type === 'HTTPError'
}

/** Returns the code that a SQL database has answered with (SQLSTATE), also where a client has wrapped its error. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return chainOf(error)
    .map(({ code }) => code)
    .find((code) => typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) as string | undefined
}

interface Link {
  readonly code?: unknown
  readonly cause?: unknown
}

/** Returns an error and its causes; h3 has plain objects between them. */
function chainOf(error: Error): readonly Link[] {
  const links: Link[] = []
  for (let at: unknown = error; typeof at === 'object' && at !== null && links.length < 8; ) {
    links.push(at)
    at = (at as Link).cause
  }
  return links
}
