/** Steps that are synchronous as long as nothing has to be awaited. */

/** Reports whether a value can be awaited. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'

/** Runs steps that yield values to await. It runs synchronously as long as none of the values is a promise. */
export function runSteps(steps: Generator<unknown, void>): void | Promise<void> {
  const proceed = (method: 'next' | 'throw', sent?: unknown): void | Promise<void> => {
    for (let step = steps[method](sent); !step.done; step = steps.next()) {
      if (isThenable(step.value))
        return Promise.resolve(step.value).then(
          () => proceed('next'),
          (error) => proceed('throw', error),
        )
    }
  }
  return proceed('next')
}
