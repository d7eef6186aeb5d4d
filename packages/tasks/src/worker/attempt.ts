// One attempt of a job: its transaction, its time, and what follows from its outcome.

import { type App, childLogger, type Logger } from '@myfy/core'
import { isRequestId, traceIdOf } from '@myfy/core/runtime'
import { Session } from '@myfy/data'
import { parseInput } from '../definition/parse-input.ts'
import type { AnyTask } from '../definition/task-list.ts'
import type { JobContent, TakenJob, TaskEngine } from '../engine/task-engine.ts'
import { TaskError } from '../errors.ts'

/** Attempt runs a job once. */
export class Attempt {
  readonly job: TakenJob
  readonly #task: AnyTask
  readonly #app: App
  readonly #engine: TaskEngine
  readonly #ending = new AbortController()
  #givenBack = false
  #leave = () => {}
  /** Resolves when the handler has ended, and its end is being stored: another job can run meanwhile. */
  readonly handled: Promise<void> = new Promise((resolve) => {
    this.#leave = resolve
  })
  #end = () => {}
  /** Resolves when the attempt has ended, or when another process runs the job. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve
  })

  constructor(job: TakenJob, task: AnyTask, app: App, engine: TaskEngine) {
    this.job = job
    this.#task = task
    this.#app = app
    this.#engine = engine
  }

  /** Aborts the handler and keeps it from committing: another process runs the job. */
  giveBack(): void {
    this.#givenBack = true
    this.#leave()
    this.#end()
    this.#ending.abort(new DOMException('the application stops', 'AbortError'))
  }

  /** True if another process runs the job. */
  get isGivenBack(): boolean {
    return this.#givenBack
  }

  /** Runs the handler. The end of the job is a part of its transaction. Never rejects. */
  async run(): Promise<void> {
    const { name, retryCount } = this.job
    const { timeout } = this.#task
    const timer = setTimeout(() => {
      const late = new DOMException(`the task ${name} took longer than ${timeout} ms`, 'TimeoutError')
      this.#ending.abort(late)
    }, timeout)
    try {
      await this.#runHandler()
    } catch (error) {
      if (this.#givenBack) return
      this.#logger().error({ err: error, attempt: retryCount + 1 }, `the task ${name} failed`)
      await this.#fail(error)
    } finally {
      clearTimeout(timer)
      this.#leave()
      this.#end()
    }
  }

  /** Runs the handler in its transaction, in which the job ends, unless the handler has not used it. */
  async #runHandler(): Promise<void> {
    const { id, retryCount } = this.job
    const { signal } = this.#ending
    const { input: given, headers } = this.#content
    const requestId = this.#requestId
    const { name, timeout, inject, transaction, handler } = this.#task
    const attributes = processingOf(this.job, this.#engine)
    const options = {
      label: `task ${name}`,
      signal,
      timeout,
      attributes,
      ...(requestId && { id: requestId }),
      ...(headers && { headers }),
    }
    const services = transaction ? { ...inject, session: Session } : inject
    let output: object | undefined
    const isCompleted = await this.#app.work('task', { inject: services, ...options }, async (injected) => {
      const input = await parseInput(this.#task, given)
      const context = { ...injected, input, id, attempt: retryCount + 1, signal }
      const result = await handler(withLogger(context, () => this.#logger()) as never)
      signal.throwIfAborted()
      output = result === undefined ? undefined : { result }
      const session = transaction ? (injected.session as Session) : undefined
      if (!session?.hasBegun) return false
      await this.#complete(output, session)
      return true
    })
    if (isCompleted) return
    // The session has written nothing: the end of the job needs no transaction.
    this.#leave()
    await this.#complete(output)
  }

  /** The content of the job. Another program may have sent it. */
  get #content(): JobContent {
    const { input, requestId, headers } = (this.job.data ?? {}) as JobContent
    return {
      input,
      ...(isRequestId(requestId) && { requestId }),
      ...(typeof headers === 'object' && headers !== null && { headers }),
    }
  }

  /** The id of the request that has sent the job: as it was sent, or the id of its trace. */
  get #requestId(): string | undefined {
    const { requestId, headers } = this.#content
    return requestId ?? traceIdOf(String(headers?.traceparent))
  }

  /** The logger of the job. */
  #logger(): Logger {
    const { name: task, id: job } = this.job
    const id = this.#requestId
    return childLogger(this.#app.logger, { ...(id && { id }), task, job })
  }

  async #complete(output: object | undefined, session?: Session): Promise<void> {
    const { name, id } = this.job
    const isHeld = await this.#engine.complete(this.job, output, session)
    if (isHeld && !(session && this.#givenBack)) return
    throw new TaskError(
      'MYFY_TASK_LOST',
      name,
      `Cannot complete the job ${id} of the task ${name}: another process has taken it. Raise the timeout of the task, and end the handler when its signal aborts.`,
    )
  }

  async #fail(error: unknown): Promise<void> {
    const { name } = this.job
    // It stays in the database, and commands print it.
    const safe = this.#app.redact(error)
    const {
      message = String(safe),
      code,
      stack,
    } = safe as { message?: string; code?: string; stack?: string }
    // An input that the schema refuses is refused in every attempt.
    const isFinal = code === 'MYFY_TASK_INPUT'
    try {
      await this.#engine.fail(this.job, { message, code, stack, isFinal })
    } catch (second) {
      // The job stays taken, until its heartbeat is missed; then it runs again.
      this.#logger().error({ err: second }, `cannot record the failure of the task ${name}`)
    }
  }
}

/** Adds the logger of an attempt, which is made when the handler uses it. */
function withLogger(context: object, make: () => Logger): object {
  let logger: Logger | undefined
  const get = () => {
    logger ??= make()
    return logger
  }
  return Object.defineProperty(context, 'logger', { get, enumerable: true })
}

/** The attributes of the processing of a job, by the semantic conventions for messaging. */
const processingOf = ({ id, name }: TakenJob, { system }: TaskEngine) => ({
  'messaging.system.name': system,
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': name,
  'messaging.message.id': id,
})
