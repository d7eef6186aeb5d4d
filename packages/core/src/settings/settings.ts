// Settings: a schema makes a typed value out of the environment, and every problem is told at once.

import { type Token, token } from '@myfy/di'
import { OptionError } from '../errors.ts'
import type { Environment, EnvironmentValue } from './environment.ts'
import { isStandardSchema, type SchemaIssue, type Shape, type StandardSchema, shapeOf } from './schema.ts'

/** The token of a parsed settings value; {@link defineSettings} makes it. Inject it like any other token. */
export interface Settings<T = unknown> extends Token<T> {
  /** What makes and checks the value. */
  readonly schema: StandardSchema<unknown, T>
  /** Put before the name of every variable: `APP_`. */
  readonly prefix: string
}

/** Options of {@link defineSettings}. */
export interface SettingsOptions {
  /** Put before the name of every variable, with an underscore: `app` reads `APP_DATABASE_URL`. Default: none. */
  readonly prefix?: string
  /** The token's name in messages. Default: `Settings`. */
  readonly name?: string
}

/**
 * Defines settings by any Standard Schema of an object. The key `databaseUrl` reads `DATABASE_URL`, nested objects
 * read `DATABASE__POOL_SIZE`, and `DATABASE_URL_FILE` names a file that holds the value. Where the schema tells
 * that it wants a number, a boolean or a list, the text is converted before; anything else is left to the schema.
 *
 * @example
 * ```ts
 * import { defineSettings } from '@myfy/core'
 * import { z } from 'zod'
 *
 * export const AppSettings = defineSettings(
 *   z.object({ port: z.number().default(8000), databaseUrl: z.string().default('memory://') }),
 * )
 * ```
 */
export function defineSettings<T>(
  schema: StandardSchema<unknown, T>,
  options: SettingsOptions = {},
): Settings<T> {
  if (!isStandardSchema(schema)) {
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `defineSettings() was given ${schema === null ? 'null' : typeof schema}; it takes a Standard Schema (zod, valibot, arktype); if it is imported, look for a circular import`,
    )
  }
  const prefix = options.prefix ? `${environmentName(options.prefix).replace(/_+$/, '')}_` : ''
  return Object.assign(token<T>(options.name ?? 'Settings'), { schema, prefix })
}

/** One variable that settings read, for `myfy doctor` and for messages. */
export interface SettingsVariable {
  /** `DATABASE__POOL_SIZE` */
  readonly variable: string
  /** `database.poolSize` */
  readonly key: string
  /** Where its value came from; undefined if the default is used. */
  readonly source?: string
}

/** What reading settings gave. */
export interface SettingsReading<T> {
  readonly value: T | undefined
  readonly problems: readonly string[]
  readonly variables: readonly SettingsVariable[]
}

/** Reads settings out of an environment. Never rejects for a wrong value: the problems say it. */
export async function readSettings<T>(
  settings: Settings<T>,
  environment: Environment,
): Promise<SettingsReading<T>> {
  if (!isStandardSchema(settings?.schema)) {
    const given = isStandardSchema(settings)
      ? 'a schema'
      : settings
        ? `of type ${typeof settings}`
        : 'not there'
    const problem = `the settings are ${given}; they must be what defineSettings(schema) returns`
    return { value: undefined, problems: [problem], variables: [] }
  }
  const reader = new SettingsReader(settings, environment)
  const input = reader.object(shapeOf(settings.schema) ?? shapeByVariables(settings, environment), [])
  const result = await settings.schema['~standard'].validate(input)
  const failed = new Set<string>()
  for (const issue of result.issues ?? []) reader.issue(issue, failed)
  const valid = result.issues === undefined && reader.problems.length === 0
  return { value: valid ? result.value : undefined, problems: reader.problems, variables: reader.variables }
}

class SettingsReader {
  readonly problems: string[] = []
  readonly variables: SettingsVariable[] = []
  readonly #settings: Settings
  readonly #environment: Environment
  readonly #found = new Map<string, EnvironmentValue>()

  constructor(settings: Settings, environment: Environment) {
    this.#settings = settings
    this.#environment = environment
  }

  object(shape: Shape, path: readonly string[]): Record<string, unknown> {
    const result: Record<string, unknown> = {}
    for (const [key, part] of shape.keys ?? []) {
      const value = part.keys ? this.object(part, [...path, key]) : this.#leaf(part, [...path, key])
      if (value !== undefined) result[key] = value
    }
    return result
  }

  issue(issue: SchemaIssue, failed: Set<string>): void {
    const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))
    const name = variableName(this.#settings, path)
    if (failed.has(name)) return
    failed.add(name)
    const found = this.#foundAt(path)
    if (!found) {
      this.problems.push(
        `${name || 'the settings'}: ${issue.message} (not set; looked in ${this.#environment.sources})`,
      )
      return
    }
    const secret = found.value.secret || isSecret(found.name, found.value.value)
    const got = secret ? 'a secret value that is not shown' : JSON.stringify(shorten(found.value.value))
    const message = secret ? withoutValue(issue.message, found.value.value) : issue.message
    this.problems.push(`${name}: ${message} (got ${got} from ${found.value.source})`)
  }

  // An issue may lie deeper than a variable (an element of a list): the nearest variable above it is meant.
  #foundAt(path: readonly string[]): { name: string; value: EnvironmentValue } | undefined {
    for (let length = path.length; length > 0; length--) {
      const name = variableName(this.#settings, path.slice(0, length))
      const value = this.#found.get(name)
      if (value) return { name, value }
    }
    return undefined
  }

  #leaf(shape: Shape, path: readonly string[]): unknown {
    const name = variableName(this.#settings, path)
    const found = this.#environment.find(name, (problem) => this.problems.push(problem))
    this.variables.push({ variable: name, key: path.join('.'), source: found?.source })
    if (!found) return undefined
    this.#found.set(name, found)
    return convert(found.value, shape.convert)
  }
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  1: true,
  0: false,
  yes: true,
  no: false,
  on: true,
  off: false,
}

/** Turns a text into what the schema wants, if that is beyond doubt; otherwise the schema gets the text. */
function convert(text: string, to: Shape['convert']): unknown {
  switch (to) {
    case 'text':
      return text
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      return truths[text.trim().toLowerCase()] ?? text
    case 'list':
      if (text.trim().startsWith('[')) {
        try {
          return JSON.parse(text)
        } catch {
          return text
        }
      }
      return text.trim() === '' ? [] : text.split(',').map((part) => part.trim())
  }
}

/** The name of the variable for a path: `['database', 'poolSize']` → `DATABASE__POOL_SIZE`. */
function variableName(settings: Settings, path: readonly string[]): string {
  return path.length === 0 ? '' : settings.prefix + path.map(environmentName).join('__')
}

/** `databaseUrl` → `DATABASE_URL`, `databaseURL` → `DATABASE_URL`, `s3Bucket` → `S3_BUCKET`. */
function environmentName(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
}

/** For schemas that don't tell their keys: every variable that is set, turned into a key. */
function shapeByVariables(settings: Settings, environment: Environment): Shape {
  const root = new Map<string, Shape>()
  for (const name of environment.names()) {
    if (!name.startsWith(settings.prefix) || !/^[A-Z0-9_]+$/.test(name)) continue
    let keys = root
    const parts = name.slice(settings.prefix.length).split('__').map(camelCase)
    parts.forEach((part, i) => {
      if (part === '') return
      const last = i === parts.length - 1
      const old = keys.get(part)
      if (last) {
        if (!old) keys.set(part, { convert: 'text' })
        return
      }
      const inner = (old?.keys as Map<string, Shape> | undefined) ?? new Map<string, Shape>()
      keys.set(part, { keys: inner, convert: 'text' })
      keys = inner
    })
  }
  return { keys: root, convert: 'text' }
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Whether a value may not be shown: by the variable's name, or because it carries credentials. */
export function isSecret(name: string, value: string): boolean {
  return (
    /PASS|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|AUTH|SALT|DSN|COOKIE|SESSION|PIN\b/.test(name) ||
    /:\/\/[^/\s]*:[^@\s]*@/.test(value)
  )
}

function withoutValue(message: string, value: string): string {
  if (value === '') return message
  return message.replaceAll(JSON.stringify(value), '***').replaceAll(value, '***')
}

function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}…` : value
}
