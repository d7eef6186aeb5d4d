// One attempt of a job: its transaction, its time, and what follows from its outcome.

import { type App, childLogger, type Logger } from '@myfy/core'
import { Session } from '@myfy/data'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { parseInput } from '../definition/parse-input.ts'
import type { AnyTask } from '../definition/task-list.ts'
import { affectedBy } from '../engine/boss.ts'
import { TaskError } from '../errors.ts'

/** A job that this process has taken. */
export type TakenJob = Pick<JobWithMetadata, 'id' | 'name' | 'retryCount'> & { readonly data: unknown }

/** The content of a job, as `TaskQueue` sends it. */
interface JobContent {
  readonly input?: unknown
  /** The headers that continue the trace of the sender. */
  readonly headers?: Readonly<Record<string, unknown>>
}

/** Attempt runs a job once. */
export class Attempt {
  readonly job: TakenJob
  readonly #task: AnyTask
  readonly #app: App
  readonly #boss: PgBoss
  readonly #ending = new AbortController()
  #givenBack = false
  #end = () => {}
  /** Resolves when the attempt has ended, or when another process runs the job. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve
  })

  constructor(job: TakenJob, task: AnyTask, app: App, boss: PgBoss) {
    this.job = job
    this.#task = task
    this.#app = app
    this.#boss = boss
  }

  /** Aborts the handler and keeps it from committing: another process runs the job. */
  giveBack(): void {
    this.#givenBack = true
    this.#end()
    this.#ending.abort(new DOMException('the application stops', 'AbortError'))
  }

  /** True if another process runs the job. */
  get isGivenBack(): boolean {
    return this.#givenBack
  }

  /** Runs the handler. The end of the job is a part of its transaction. Never rejects. */
  async run(): Promise<void> {
    const { name, id, retryCount } = this.job
    const late = new DOMException(
      `the task ${name} took longer than ${this.#task.timeout} ms`,
      'TimeoutError',
    )
    const timer = setTimeout(() => this.#ending.abort(late), this.#task.timeout)
    try {
      await this.#runInTransaction()
    } catch (error) {
      if (this.#givenBack) return
      this.#app.logger.error(
        { err: error, task: name, job: id, attempt: retryCount + 1 },
        `the task ${name} failed`,
      )
      await this.#fail(error)
    } finally {
      clearTimeout(timer)
      this.#end()
    }
  }

  #runInTransaction(): Promise<void> {
    const { name, id, retryCount, data } = this.job
    const { signal } = this.#ending
    // Another program may have queued the job.
    const content = (data ?? {}) as JobContent
    const headers = typeof content.headers === 'object' ? content.headers : undefined
    const { timeout, inject, handler } = this.#task
    const services = { ...inject, session: Session }
    return this.#app.work(
      'task',
      { inject: services, label: `task ${name}`, signal, timeout, ...(headers && { headers }) },
      async (injected) => {
        const input = await parseInput(this.#task, content.input)
        const session = injected.session as Session
        const job = { input, id, attempt: retryCount + 1, signal, logger: this.#logger(headers) }
        const result = await handler({ ...injected, ...job } as never)
        signal.throwIfAborted()
        await this.#complete(result, session)
      },
    )
  }

  /** The logger of the handler. The trace id is the id of the request that has sent the job. */
  #logger(headers: JobContent['headers']): Logger {
    const { name: task, id: job } = this.job
    const [, id] = /^00-([\da-f]{32})-/.exec(String(headers?.traceparent)) ?? []
    return childLogger(this.#app.logger, { ...(id && { id }), task, job })
  }

  async #complete(result: unknown, session: Session): Promise<void> {
    const { name, id, retryCount } = this.job
    const output = result === undefined ? undefined : { result }
    const completed = await this.#boss.complete(name, { id, retryCount }, output, {
      db: { executeSql: (text, values) => session.execute(text, values) },
    })
    if (affectedBy(completed) === 1 && !this.#givenBack) return
    throw new TaskError(
      'MYFY_TASK_LOST',
      name,
      `Cannot complete the job ${id} of the task ${name}: another process has taken it. Raise the timeout of the task, and end the handler when its signal aborts.`,
    )
  }

  async #fail(error: unknown): Promise<void> {
    const { name, id, retryCount } = this.job
    const {
      message = String(error),
      code,
      stack,
    } = error as { message?: string; code?: string; stack?: string }
    // An input that the schema refuses is refused in every attempt.
    const isFinal = code === 'MYFY_TASK_INPUT'
    try {
      if (isFinal) await this.#boss.cancel(name, { id, retryCount })
      else await this.#boss.fail(name, { id, retryCount }, { message, code, stack })
    } catch (second) {
      // The job stays taken, until its heartbeat is missed; then it runs again.
      this.#app.logger.error(
        { err: second, task: name, job: id },
        `cannot record the failure of the task ${name}`,
      )
    }
  }
}
