// What a module of the application can import.

/** The target of an import: a module of the application, or one that Node loads. */
export interface Importable {
  /** The namespace. Its bindings are live; it is complete once evaluated. */
  readonly exports: object
  /**
   * Evaluates it once, for an importer or an `import()`. Returns a promise only if it awaits; with `now`, throws
   * AsynchronousModule in this case.
   */
  evaluate(importer?: Importable, now?: boolean): void | Promise<void>
  /** True once the namespace has all its names. */
  readonly complete: boolean
  /** The names that come from different modules through `export *`, which the language leaves out. */
  readonly conflicts?: ReadonlyMap<string, readonly Importable[]>
  /**
   * Returns the binding of an export, which re-exports lead to; `ambiguous` if they lead to several, and undefined if they
   * lead in a circle.
   *
   * @param seen - the exports that lead here
   */
  origin(name: string, seen?: readonly Origin[]): Origin | 'ambiguous' | undefined
}

/** A binding of a module. `*` is its namespace. */
export interface Origin {
  readonly module: Importable
  readonly name: string
}

/** Reports whether two exports are one binding. What Node loads does not tell where its exports come from. */
export function isSameOrigin(one: Origin, other: Origin): boolean {
  if (one.module === other.module) return one.name === other.name
  return isExternal(one) && isExternal(other) && Object.is(currentValue(one), currentValue(other))
}

/** Only a module of the application knows of conflicts. */
function isExternal({ module }: Origin): boolean {
  return module.conflicts === undefined
}

function currentValue({ module, name }: Origin): unknown {
  return Reflect.get(module.exports, name)
}
