// Reading settings: finds the variables of each key, converts them, and reports every problem at once.

import { issueKeys } from '../runtime/json-value.ts'
import { unpunctuated } from '../runtime/thrown.ts'
import { convert } from './convert.ts'
import type { Environment, EnvironmentValue } from './environment.ts'
import { mistakeIn } from './probable-mistake.ts'
import { isShown, secretsIn, withoutValue } from './redact.ts'
import type { Settings, SettingsVariable } from './settings.ts'
import { shapeOf } from './shape/schema-shape.ts'
import { isNested, type Shape, scalar } from './shape/shape.ts'
import { shapeOfVariables } from './shape/shape-of-variables.ts'
import { isStandardSchema, type SchemaIssue } from './standard-schema.ts'
import { keyName, variableName } from './variable-name.ts'

/** The result of reading settings. */
export interface SettingsReading<T> {
  /** The value, if there are no problems. */
  readonly value: T | undefined
  /** One sentence for each problem. */
  readonly problems: readonly string[]
  /** Probable mistakes in values that the schema accepts, one sentence each. */
  readonly warnings: readonly string[]
  /** The variables that the settings read. */
  readonly variables: readonly SettingsVariable[]
  /** The values that must not be logged. */
  readonly secrets: readonly string[]
}

/** Reads settings from an environment. Problems are returned and not thrown. */
export async function readSettings<T>(
  settings: Settings<T>,
  environment: Environment,
): Promise<SettingsReading<T>> {
  if (!isStandardSchema(settings?.schema)) {
    const given = isStandardSchema(settings)
      ? 'a schema'
      : settings
        ? `of type ${typeof settings}`
        : 'missing'
    const problem = `Cannot read the settings: they are ${given}. Give it the result of defineSettings(schema).`
    return { value: undefined, problems: [problem], warnings: [], variables: [], secrets: [] }
  }
  const expected = shapeOf(settings.schema) ?? shapeOfVariables(settings, environment)
  const reader = new SettingsReader(settings, environment, expected)
  const input = reader.read()
  const result = await settings.schema['~standard'].validate(input)
  for (const issue of result.issues ?? []) reader.report(issue)
  const isValid = result.issues === undefined && reader.problems.length === 0
  const { problems, warnings, variables, secrets } = reader
  return {
    value: isValid ? result.value : undefined,
    problems,
    warnings: isValid ? warnings : [],
    variables,
    secrets,
  }
}

/** Reads the variables of one settings token. */
class SettingsReader {
  readonly problems: string[] = []
  readonly warnings: string[] = []
  readonly variables: SettingsVariable[] = []
  readonly secrets: string[] = []
  readonly #settings: Settings
  readonly #environment: Environment
  readonly #shape: Shape
  readonly #found = new Map<string, EnvironmentValue>()
  readonly #declared = new Map<string, string>()
  readonly #reported = new Set<string>()
  /** The names of the variables that are set, for the keys of records. */
  readonly #names: readonly string[]

  constructor(settings: Settings, environment: Environment, shape: Shape) {
    this.#settings = settings
    this.#environment = environment
    this.#shape = shape
    this.#names = [...environment.names()]
    this.#declare(shape, [])
  }

  /** Returns the value that the schema validates. */
  read(): Record<string, unknown> {
    return this.#object(this.#shape, []) ?? {}
  }

  /** Adds the sentence of a problem that the schema found. One variable is reported once. */
  report(issue: SchemaIssue): void {
    const path = issueKeys(issue).map(String)
    const { name, found, expected } = this.#variableAt(path)
    if (!name) {
      // A rule about several keys.
      this.problems.push(`Cannot read the settings: ${unpunctuated(issue.message)}. Correct the values.`)
      return
    }
    if (this.#reported.has(name)) return
    this.#reported.add(name)
    if (!found) {
      this.problems.push(
        `Cannot read ${name}: ${issue.message}; it is not set. Set it in ${this.#environment.places}.`,
      )
      return
    }
    const { value, source, secret } = found
    const isVisible = !secret && isShown(name, value, expected)
    const message = isVisible ? issue.message : withoutValue(issue.message, value)
    const got = isVisible ? JSON.stringify(value) : 'a value that is not shown'
    const fix = mistakeIn(value)?.fix ?? 'Correct the value'
    this.problems.push(`Cannot read ${name}: ${message}; got ${got} from ${source}. ${fix}.`)
  }

  /** Notes the variables of all keys, so that `LOG_FILE` is not taken for the file of `LOG`. */
  #declare(part: Shape, path: readonly string[]): void {
    for (const [key, inner] of part.keys ?? []) {
      const at = [...path, key]
      const name = this.#name(at)
      const other = this.#declared.get(name)
      if (other)
        this.problems.push(
          `Cannot read ${name}: the keys ${other} and ${at.join('.')} both read it. Rename one of them.`,
        )
      this.#declared.set(name, at.join('.'))
      this.#declare(inner, at)
    }
  }

  #name(path: readonly string[]): string {
    return variableName(this.#settings.prefix, path)
  }

  #object(part: Shape, path: readonly string[]): Record<string, unknown> | undefined {
    const entries: [string, unknown][] = []
    for (const [key, inner] of [...(part.keys ?? []), ...this.#recordKeys(part, path)]) {
      const value = this.#value(inner, [...path, key])
      if (value !== undefined) entries.push([key, value])
    }
    // An object that may be absent is made only if one of its variables is set.
    return entries.length === 0 && part.optional ? undefined : Object.fromEntries(entries)
  }

  /** The keys of a record: what follows its name in the variables that are set. */
  #recordKeys({ keys, values }: Shape, path: readonly string[]): ReadonlyMap<string, Shape> {
    const found = new Map<string, Shape>()
    if (!values || path.length === 0) return found
    const beginning = `${this.#name(path)}__`
    for (const name of this.#names) {
      // `LABELS__A_FILE` is the file of `LABELS__A`.
      if (!name.startsWith(beginning) || name.endsWith('_FILE')) continue
      const key = keyName(name.slice(beginning.length).split('__')[0] ?? '')
      if (key && !keys?.has(key)) found.set(key, { ...values, optional: true })
    }
    return found
  }

  /** Reads a list from one variable for each element: `NODES__0__HOST`. Undefined if none is set. */
  #list(items: Shape, path: readonly string[]): unknown[] | undefined {
    const numbers = this.#numbersOf(path)
    if (numbers.size === 0) return undefined
    const length = lengthOf(numbers)
    if (length < numbers.size) {
      const name = this.#name(path)
      const missing = `${name}__${length}`
      this.#reported.add(name).add(missing)
      this.problems.push(
        `Cannot read ${name}: ${name}__${Math.max(...numbers)} is set and ${missing} is not. Number the elements from 0, without gaps.`,
      )
    }
    return Array.from({ length }, (_, at) => this.#value(items, [...path, String(at)]))
  }

  /** The numbers of the elements of a list that have variables. */
  #numbersOf(path: readonly string[]): ReadonlySet<number> {
    const beginning = `${this.#name(path)}__`
    const numbers = new Set<number>()
    for (const name of this.#names) {
      const number =
        name.startsWith(beginning) && /^(?:0|[1-9]\d*)(?=__|$)/.exec(name.slice(beginning.length))
      if (number) numbers.add(Number(number[0]))
    }
    return numbers
  }

  #value(part: Shape, path: readonly string[]): unknown {
    const isSet = this.#isSet(path)
    const nested = isNested(part) ? this.#object(part, path) : undefined
    if (isNested(part) && !isSet) return nested
    const list = part.items && !isSet ? this.#list(part.items, path) : undefined
    if (list) return list
    const name = this.#name(path)
    const isDeclared = (other: string) => this.#declared.has(other)
    const found = this.#environment.find(name, (problem) => this.problems.push(problem), isDeclared)
    this.variables.push({
      variable: name,
      key: path.join('.'),
      source: found?.source,
      ...(found && !found.secret && isShown(name, found.value, part) && { value: found.value }),
    })
    if (!found) return nested
    this.secrets.push(...secretsIn(name, found.value, found.secret))
    this.#found.set(name, found)
    const mistake = found.source === 'environment' ? mistakeIn(found.value) : undefined
    if (mistake) this.warnings.push(`${name} (from environment) ${mistake.what}. ${mistake.fix}.`)
    const value = convert(found.value, part)
    // Variables of single keys are stronger than the JSON of the whole object.
    return isObject(value) && isObject(nested) ? mergeDeep(value, nested) : value
  }

  /** Reports whether a list is read from one variable for each element. */
  #isList(path: readonly string[]): boolean {
    return path.length > 0 && !this.#isSet(path) && this.#numbersOf(path).size > 0
  }

  #isSet(path: readonly string[]): boolean {
    const name = this.#name(path)
    return this.#names.includes(name)
  }

  /**
   * Returns the variable of a problem, with an empty name if the problem concerns several keys. A problem inside a list or
   * JSON belongs to the variable that contains it.
   */
  #variableAt(path: readonly string[]): { name: string; found?: EnvironmentValue; expected: Shape } {
    let at: Shape | undefined = this.#shape
    let length = 0
    for (const key of path) {
      const elements: Shape | undefined = this.#isList(path.slice(0, length)) ? at?.items : undefined
      const next: Shape | undefined = at?.keys?.get(key) ?? at?.values ?? elements
      if (!next) break
      at = next
      length++
    }
    for (let end = length; end > 0; end--) {
      const name = this.#name(path.slice(0, end))
      const found = this.#found.get(name)
      if (found) return { name, found, expected: end === length ? (at ?? scalar('text')) : scalar('text') }
    }
    const name = length === 0 ? '' : this.#name(path.slice(0, length))
    return { name, expected: at ?? scalar('text') }
  }
}

/** Returns the number of elements that follow each other from 0 on. */
function lengthOf(numbers: ReadonlySet<number>): number {
  let length = 0
  while (numbers.has(length)) length++
  return length
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function mergeDeep(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const before = result[key]
    result[key] = isObject(before) && isObject(value) ? mergeDeep(before, value) : value
  }
  return result
}
