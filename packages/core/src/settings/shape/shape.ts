// Shapes: what a schema expects at one place of the settings, as far as reading variables depends on it.

/** The kinds of values that the text of a variable can stand for. */
export type Scalar = 'text' | 'number' | 'boolean' | 'bigint' | 'null'

/** The value that a schema expects at one place. A union expects what any of its members expects. */
export interface Shape {
  readonly scalars: ReadonlySet<Scalar>
  /** The exact values of enumerations and literals. */
  readonly literals: ReadonlySet<unknown>
  /** The keys of an object, in order. */
  readonly keys?: ReadonlyMap<string, Shape>
  /** The values of a record, under any key. */
  readonly values?: Shape
  /** The elements of a list. */
  readonly items?: Shape
  /** The elements of a tuple, in order. */
  readonly tuple?: readonly Shape[]
  /** True if the place may be absent: it is optional, or has a default. */
  readonly optional: boolean
}

const NONE: ReadonlySet<never> = new Set()

/** Makes a shape of some facets. */
export const shape = (facets: Partial<Shape> = {}): Shape => ({
  scalars: NONE,
  literals: NONE,
  optional: false,
  ...facets,
})

/** Makes the shape of scalars. */
export const scalar = (...scalars: readonly Scalar[]): Shape => shape({ scalars: new Set(scalars) })

/** Makes the shape of exact values. */
export const literals = (values: readonly unknown[]): Shape =>
  shape({
    literals: new Set(values.filter((value) => value !== null)),
    scalars: new Set(values.includes(null) ? ['null'] : []),
  })

/** Makes the shape of a value that is expected to satisfy any, or all, of some shapes. */
export function merged(shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes
  return first ? others.reduce(merge, first) : scalar('text')
}

function merge(a: Shape, b: Shape): Shape {
  const both = <T>(merge: (a: T, b: T) => T, x: T | undefined, y: T | undefined): T | undefined =>
    x !== undefined && y !== undefined ? merge(x, y) : (x ?? y)
  return {
    scalars: new Set([...a.scalars, ...b.scalars]),
    literals: new Set([...a.literals, ...b.literals]),
    keys: both(mergeKeys, a.keys, b.keys),
    values: both(merge, a.values, b.values),
    items: both(merge, a.items, b.items),
    tuple: a.tuple ?? b.tuple,
    optional: a.optional && b.optional,
  }
}

function mergeKeys(a: ReadonlyMap<string, Shape>, b: ReadonlyMap<string, Shape>): ReadonlyMap<string, Shape> {
  const keys = new Map(a)
  for (const [key, other] of b) {
    const known = keys.get(key)
    // A key that only one variant requires is not required.
    keys.set(key, known ? merge(known, other) : other)
  }
  return keys
}

/** Reports whether variables below a name belong to it: `DATABASE__URL`. */
export const isNested = ({ keys, values }: Shape): boolean => keys !== undefined || values !== undefined

/** The maximum depth to which a schema is followed: a schema that contains itself has no end. */
export const DEPTH = 8

/** Returns the shape of each part of a record. */
export const mapOf = (
  record: Readonly<Record<string, unknown>>,
  inner: (part: never) => Shape,
): Map<string, Shape> => new Map(Object.entries(record).map(([key, part]) => [key, inner(part as never)]))
