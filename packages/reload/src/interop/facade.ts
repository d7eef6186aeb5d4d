// The module that Node gets in place of one of the application: it exports what the instance in the graph exports.

import type { ModuleRunner } from '../runner/module-runner.ts'

/** The global function by which a facade reaches the modules of this process. Only facades call it. */
const INSTANCES = Symbol.for('myfy.reload.instances')

/** Provides the modules of a runner to facades. */
export function provideInstances(runner: ModuleRunner): void {
  const instance = (file: string) => {
    const record = runner.pin(file)
    const pending = record.evaluate()
    return pending ? pending.then(() => record.exports) : record.exports
  }
  Object.defineProperty(globalThis, INSTANCES, { value: instance, configurable: true })
}

/**
 * Evaluates a module and returns the source of its facade. A module that fails has a facade that throws its error, so
 * that the importer receives the error itself.
 */
export function facadeOf(runner: ModuleRunner, file: string): string {
  const instance = `globalThis[Symbol.for("myfy.reload.instances")](${JSON.stringify(file)})`
  try {
    const record = runner.pin(file)
    const pending = record.evaluate()
    const names = Object.keys(record.exports)
    const bindings = names.map((name, index) => `const e${index} = m[${JSON.stringify(name)}];`)
    const exported = names.map((name, index) => `e${index} as ${JSON.stringify(name)}`)
    return `const m = ${pending ? 'await ' : ''}${instance};${bindings.join('')} export { ${exported.join(', ')} }`
  } catch {
    return `${instance}`
  }
}
