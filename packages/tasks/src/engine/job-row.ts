// A job as commands and tests show it, whatever keeps it.

/** A job, as commands and tests show it. */
export interface JobRow {
  /** The id. */
  readonly id: string
  /** The name of its task. */
  readonly name: string
  /** The state: `created` and `retry` wait, `active` runs. */
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed'
  /** The input as it is stored: `{ input: … }`. */
  readonly input: unknown
  /** The number of attempts that have failed. */
  readonly attempts: number
  /** The time from which it can run. */
  readonly startAfter: Date
  /** The time at which it was sent. */
  readonly createdOn: Date
  /** The time at which the last attempt began. */
  readonly startedOn: Date | null
  /** The time at which it ended. */
  readonly completedOn: Date | null
  /** The result of the handler, or its last error. */
  readonly output: unknown
}

/** The number of jobs of a task in one state. */
export interface JobCount {
  /** The name of the task. */
  readonly name: string
  /** The state. */
  readonly state: string
  /** The number of jobs. */
  readonly count: number
}

/** A choice of jobs. */
export interface JobFilter {
  /** Only jobs of this task. */
  readonly task?: string | undefined
  /** Only jobs in this state. */
  readonly state?: string | undefined
  /** The largest number of jobs. */
  readonly limit: number
}
