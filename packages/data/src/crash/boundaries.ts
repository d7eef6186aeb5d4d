// The boundaries of a scenario: the points between which a fault makes no difference to anyone outside of the process.

/** A point of a scenario. Equal names of two runs are the same point. */
export interface Boundary {
  /** The name, with the number of its occurrence: `commit #1 acknowledged`. */
  readonly name: string
  /** The short form for reports. */
  readonly label: string
  /** True if the application passes the point in some runs only, such as the look for a next job. */
  readonly isOptional?: true
}

/** The faults at a boundary. */
export const FAULTS = ['SIGKILL', 'SIGSTOP', 'lost connection'] as const

/** A fault at a boundary. */
export type Fault = (typeof FAULTS)[number]

/** The moments of a statement: the client has sent it and the server has not received it; the server has answered it. */
export type StatementMoment = 'sent' | 'acknowledged'

/** Names statements by their text and their occurrence since the beginning of a run. */
export class StatementCounter {
  readonly #counts = new Map<string, number>()
  readonly #describe: (sql: string) => string

  constructor(describe: (sql: string) => string) {
    this.#describe = describe
  }

  /** Returns the boundaries of the next statement of a text. */
  next(sql: string): (moment: StatementMoment) => Boundary {
    const text = normalized(sql)
    const count = (this.#counts.get(text) ?? 0) + 1
    this.#counts.set(text, count)
    const label = this.#describe(text)
    return (moment) => ({
      name: `${text} #${count} ${moment}`,
      label: `${label}${count > 1 ? ` (${count})` : ''} ${moment}`,
    })
  }
}

/** Returns the points of two runs. Those of one run only are optional. */
export function pointsOfBoth(one: readonly Boundary[], other: readonly Boundary[]): readonly Boundary[] {
  const [names, otherNames] = [one, other].map((points) => new Set(points.map(({ name }) => name)))
  const optional = (point: Boundary): Boundary => ({ ...point, isOptional: true })
  return [
    ...one.map((point) => (otherNames!.has(point.name) ? point : optional(point))),
    ...other.filter(({ name }) => !names!.has(name)).map(optional),
  ]
}

/** Returns the text of a statement without what differs between two runs: white space and numbers. */
export const normalized = (sql: string): string => sql.replace(/\s+/g, ' ').replace(/\d+/g, '?').trim()

/** Returns the verb and the table of a statement: `insert into users`. */
export function describeStatement(sql: string): string {
  const [, found] =
    /^(?:with\b.*?\b)?((?:insert into|update|delete from|select\b.*?\bfrom|select|begin|commit|rollback(?: to savepoint)?|savepoint|release savepoint|set local|notify|listen)\b(?: (?:only )?[\w."?]+)?)/i.exec(
      sql,
    ) ?? []
  const text = (found ?? sql)
    .replace(/^select\b.*\bfrom\b/i, 'select from')
    .replaceAll('"', '')
    .toLowerCase()
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
