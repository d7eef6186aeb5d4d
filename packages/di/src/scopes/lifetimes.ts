/** The lifetimes of one container: which are open, and which of them owns an instance. */
import { ContainerStateError } from '../errors.ts'

/** The number of open lifetimes of one name. */
export class OpenCount {
  readonly name: string
  count = 0
  /** Called when the last lifetime has ended. */
  onZero: (() => void) | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  /** Counts one that has ended. */
  close(): void {
    this.count--
    if (this.count === 0) this.onZero?.()
  }
}

/** The lifetimes of one container. */
export class Lifetimes {
  /** The lifetime that disposes an instance. Singletons belong to the root. */
  readonly owners = new WeakMap<object, unknown>()
  /** The lifetime of the singletons. */
  root: unknown
  /** Counts the lifetimes that nothing waits for: that of the singletons, and of loose transients. */
  readonly detached = new OpenCount('container')
  readonly #counts: OpenCount[] = []
  readonly #warn: (message: string, code: string) => void
  #hasWarned = false

  constructor(warn: (message: string, code: string) => void = emitWarning) {
    this.#warn = warn
  }

  /** Returns the count of lifetimes of a name, to be shared by all of them. */
  count(name: string): OpenCount {
    const count = new OpenCount(name)
    this.#counts.push(count)
    return count
  }

  /** The names of open lifetimes, with their numbers: `['GET /users', '2 × request scope']`. */
  get open(): readonly string[] {
    return this.#counts
      .filter(({ count }) => count > 0)
      .map(({ name, count }) => (count > 1 ? `${count} × ${name}` : name))
  }

  /** Waits until no lifetime is open. Throws after `timeoutMs` milliseconds, with the names of those that are. */
  async closed(timeoutMs: number): Promise<void> {
    if (!this.open.length) return
    let timer: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      for (const count of this.#counts)
        count.onZero = () => {
          if (!this.open.length) resolve()
        }
      timer = setTimeout(resolve, timeoutMs)
    })
    clearTimeout(timer)
    if (this.open.length)
      throw new ContainerStateError(
        'MYFY_DI_OPEN_SCOPES',
        `Cannot wait for open scopes any longer: ${this.open.join(', ')} not disposed after ${timeoutMs} ms. Dispose every scope and opening.`,
      )
  }

  /** Warns, once for a container, that a scope has rolled back because nothing reported its outcome. */
  warnNotSettled(name: string, services: readonly string[]): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#warn(
      `${name} was disposed without settle(outcome), so that ${services.join(', ')} settled as failed. ` +
        'Call settle({ ok: true }) when the work has succeeded, and settle({ ok: false, error }) when it has not.',
      'MYFY_DI_NOT_SETTLED',
    )
  }
}

/** Emits a warning of the process, or of the console where there is no process. */
function emitWarning(message: string, code: string): void {
  const { process, console } = globalThis as {
    process?: { emitWarning?(message: string, options: { type: string; code: string }): void }
    console?: { warn(message: string): void }
  }
  if (process?.emitWarning) process.emitWarning(message, { type: 'MyfyWarning', code })
  else console?.warn(message)
}
