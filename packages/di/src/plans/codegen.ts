/** Code generation: an entry point as one function without lookups, recursion or decisions. */
import { UNSET } from '../graph/binding.ts'
import { NothingToDispose } from '../scopes/lifetime.ts'
import type { Layout } from './layout.ts'
import type { Open, Openings } from './opening.ts'

/** Reports whether this process may make functions of strings. */
export function canGenerate(): boolean {
  try {
    return !!new Function()
  } catch {
    return false
  }
}

/** Returns the function that opens an entry point. `constants` are the services that all openings share, by place. */
export function generate(openings: Openings, source: string, constants: readonly unknown[]): Open {
  const makers = openings.layout.cells.map(({ binding }) => binding.run)
  return new Function('make', 'constant', 'openings', 'NothingToDispose', 'UNSET', source)(
    makers,
    constants,
    openings,
    NothingToDispose,
    UNSET,
  )
}

/**
 * Returns the source of the function, for example for
 *
 * ```js
 * const session = request({ pool: Pool, id: UserId }, ({ pool, id }) => pool.session(id))
 * container.register(Users, { scope: 'request', inject: [session] })
 * container.plan({ name: 'GET /users', inject: { users: Users }, scope: 'request', seeds: [UserId] })
 * ```
 *
 * this source:
 *
 * ```js
 * const x1 = constant[1], make2 = make[2], make3 = make[3]
 * return function open_id(x0) {
 *   let x2 = UNSET, x3 = UNSET
 *   try {
 *     build: {
 *       x2 = make2({"pool": x1, "id": x0})
 *       if (typeof x2?.then === "function") break build
 *       x3 = new make3(x2)
 *       if (x2 != null && (x2[Symbol.asyncDispose] || x2[Symbol.dispose]) || x3 != null && (x3[Symbol.asyncDispose] || x3[Symbol.dispose])) return openings.keep([x0, x1, x2, x3], {"users": x3})
 *       return new NothingToDispose({"users": x3})
 *     }
 *   } catch (error) {
 *     return openings.fail(error, [x0, x1, x2, x3])
 *   }
 *   return openings.complete([x0, x1, x2, x3])
 * }
 * ```
 *
 * V8 shares code, and with it type feedback, between equal sources: the random `id` keeps the constructor calls of each
 * entry point monomorphic. The source grows linearly with the number of services.
 */
export function sourceOf(
  { layout, ending, isEndingCertain }: Openings,
  id = Math.random().toString(36).slice(2),
): string {
  const { cells, entry, results, seedCount, steps } = layout
  const places = [...cells.keys()]
  const frame = `[${list(places)}]`
  const bound = places
    .slice(seedCount)
    .map((at) => (cells[at]!.args ? `make${at} = make[${at}]` : `x${at} = constant[${at}]`))
  const values = servicesOf(entry, results)
  const hasDisposer = ending
    .map((at) => `x${at} != null && (x${at}[Symbol.asyncDispose] || x${at}[Symbol.dispose])`)
    .join(' || ')
  const keep = `return openings.keep(${frame}, ${values})`
  const lines = [
    ...steps.flatMap((at) => buildStep(layout, at)),
    ...(ending.length ? [isEndingCertain ? keep : `if (${hasDisposer}) ${keep}`] : []),
    ...(isEndingCertain ? [] : [`return new NothingToDispose(${values})`]),
  ]
  return [
    ...(bound.length ? [`const ${bound.join(', ')}`] : []),
    `return function open_${id}(${list(places.slice(0, seedCount))}) {`,
    ...(steps.length ? [`  let ${steps.map((at) => `x${at} = UNSET`).join(', ')}`] : []),
    '  try {',
    '    build: {',
    ...lines.map((line) => `      ${line}`),
    '    }',
    '  } catch (error) {',
    `    return openings.fail(error, ${frame})`,
    '  }',
    `  return openings.complete(${frame})`,
    '}',
  ].join('\n')
}

const list = (places: readonly number[]): string => places.map((at) => `x${at}`).join(', ')

/** Returns the services at `places` in the form that a binding takes: a record, or one by one. */
function servicesOf({ keys, kind }: Layout['entry'], places: readonly number[]): string {
  if (keys) return `{${keys.map((key, i) => `${propertyName(key)}: x${places[i]}`).join(', ')}}`
  return kind === 'entry' || kind === 'all' ? `[${list(places)}]` : list(places)
}

/** Returns the name of a property in an object literal, where a plain `__proto__` would set the prototype. */
const propertyName = (key: string): string => (key === '__proto__' ? '["__proto__"]' : JSON.stringify(key))

/** Returns the lines of one step. */
function buildStep({ cells }: Layout, at: number): readonly string[] {
  const { binding, args } = cells[at]!
  const services = servicesOf(binding, args!)
  if (binding.kind === 'class') return [`x${at} = new make${at}(${services})`]
  if (binding.kind !== 'factory') return [`x${at} = ${services}`]
  return [`x${at} = make${at}(${services})`, `if (typeof x${at}?.then === "function") break build`]
}
