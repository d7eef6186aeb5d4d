// What `myfy run` answers in place of an application, as `myfy inspect` and assistants read it.

/** RunProblem tells why an application does not run. */
export interface RunProblem {
  /** The time since which it has not run. */
  readonly since: string
  /** The error with its place. */
  readonly error: string
}

/**
 * Returns what the answer of `myfy run` for an application that does not start or has ended tells; undefined if it is the
 * answer of something else, such as a proxy.
 */
export function parseRunProblem(body: string): RunProblem | undefined {
  try {
    const { title, detail, place, since } = JSON.parse(body) as Record<string, string | undefined>
    if (title === undefined || since === undefined) return undefined
    return { since, error: `${title}: ${detail}${place === undefined ? '' : ` (${place})`}` }
  } catch {
    return undefined
  }
}
