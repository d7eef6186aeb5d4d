// Both forms of a plan: the generated function (where the process allows it) and the closures.
import type { ContainerOptions, GraphError } from '@myfy/di'

export const forms: readonly ContainerOptions[] = [{}, { codegen: false }]

export const nameOfForm = ({ codegen }: ContainerOptions) => (codegen === false ? 'closures' : 'generated')

/** What a call throws. */
export function thrown(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

/** The problems of a graph that does not build. */
export const problems = (act: () => unknown) => (thrown(act) as GraphError).problems

/** A promise and its resolve and reject. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
