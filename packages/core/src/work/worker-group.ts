// The processes that run one application side by side, such as those of `myfy start --workers`.

import { StateError } from '../errors.ts'

/** The connection of a process to the other processes of its group; for supervisors. */
export interface WorkerLink {
  /** The number of this process in its group, from 1 on. A process that replaces another has its number. */
  readonly slot: number
  /** Resolves to the value of that name in every process of the group. */
  collect(name: string): Promise<readonly unknown[]>
  /** Receives the function that reads the value of a name in this process. */
  serve(read: (name: string) => unknown): void
}

/**
 * The processes that run the same application side by side: those of `myfy start --workers`, or this one alone. A request
 * reaches one of them; what all of them count is collected from all.
 *
 * @example
 * ```ts
 * import { Application, defineModule } from '@myfy/core'
 *
 * let jobs = 0
 * const counter = defineModule({
 *   name: 'counter',
 *   start({ app, every }) {
 *     const counts = app.workers.collector('jobs', () => jobs)
 *     every('1m', 'report', async () => {
 *       const total = (await counts()).reduce((sum, count) => sum + count, 0)
 *       app.logger.info({ total }, 'jobs of all workers')
 *     })
 *   },
 * })
 * export const app = new Application({ modules: [counter] })
 * ```
 */
export class WorkerGroup {
  readonly #values = new Map<string, () => unknown>()
  #link: WorkerLink | undefined

  /** The number of this process in its group, from 1 on. Undefined if it runs alone. */
  get slot(): number | undefined {
    return this.#link?.slot
  }

  /**
   * Names a value that every process of the group has. Returns the function that collects it: one value for each number
   * of a worker: the value of this process, unless another one has replaced it. Values are sent as JSON. It rejects if a process fails to read its value, or does not answer within
   * 5 s; a process that ends meanwhile is left out.
   *
   * @throws StateError if the name is taken
   */
  collector<T>(name: string, read: () => T | PromiseLike<T>): () => Promise<readonly Awaited<T>[]> {
    if (this.#values.has(name))
      throw new StateError(
        'MYFY_COLLECTOR_DUPLICATE',
        `Cannot collect '${name}' from the workers: another collector has this name. Choose another name.`,
      )
    this.#values.set(name, read)
    return async () => {
      if (this.#link === undefined) return [await read()]
      // Every process runs the same code: what it sends has the type that `read` returns.
      return (await this.#link.collect(name)) as readonly Awaited<T>[]
    }
  }

  /** Joins the group of a supervisor. */
  join(link: WorkerLink): void {
    this.#link = link
    link.serve((name) => {
      const read = this.#values.get(name)
      if (read !== undefined) return read()
      throw new StateError(
        'MYFY_COLLECTOR_UNKNOWN',
        `Cannot read '${name}': this worker has no collector of this name. Create it in every worker, in \`start\` of a module.`,
      )
    })
  }
}
