// Settings for an application that is inspected where its secrets are not available: in a build, on a laptop.

import type { Application, Settings } from '@myfy/core'
import { issueKeys } from '@myfy/core/runtime'

/** A schema as `defineSettings` takes it. */
type Schema = Settings['schema']
type Validate = Schema['~standard']['validate']
type Issue = {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>
}

/** Values that are tried for a setting that is missing or invalid, in order. */
const CANDIDATES: readonly unknown[] = [
  'placeholder',
  1,
  true,
  'http://localhost',
  'placeholder@example.com',
  '00000000-0000-4000-8000-000000000000',
  '2000-01-01T00:00:00Z',
  '127.0.0.1',
  'x'.repeat(64),
  [],
  {},
  8000,
]

/**
 * Lets an application initialize without some of its settings: where `when()` is true while a schema validates, each
 * missing or invalid value is replaced by a placeholder that the schema accepts.
 *
 * @returns the names of the settings that were replaced, complete once the application is initialized
 */
export function usePlaceholderSettings(app: Application, when: () => boolean): readonly string[] {
  const replaced: string[] = []
  const wrapped = new WeakSet<Settings>()
  const wrapAll = () => {
    for (const settings of app.settingsTokens) {
      if (wrapped.has(settings) || !settings?.schema?.['~standard']) continue
      wrapped.add(settings)
      Object.assign(settings, { schema: withPlaceholders(settings.schema, when, replaced) })
    }
  }
  wrapAll()
  app.on('module.discovered', wrapAll)
  return replaced
}

/** Returns a schema that differs in its validation alone. The original may be in use elsewhere. */
function withPlaceholders(schema: Schema, when: () => boolean, replaced: string[]): Schema {
  const standard = schema['~standard']
  const validate: Validate = async (input) => {
    const result = await standard.validate(input)
    return result.issues === undefined || !when() ? result : fill(standard, input, result.issues, replaced)
  }
  const wrapped = Object.create(standard, { validate: { value: validate } }) as Schema['~standard']
  return new Proxy(schema, {
    get: (target, key) => (key === '~standard' ? wrapped : Reflect.get(target, key, target)),
  })
}

async function fill(
  standard: Schema['~standard'],
  input: unknown,
  issues: readonly Issue[],
  replaced: string[],
): Promise<{ value: unknown }> {
  let value = structuredClone(input)
  for (const path of new Set(issues.map(pathOf))) {
    replaced.push(path)
    for (const candidate of CANDIDATES) {
      const next = withValue(value, path.split('.'), candidate)
      const result = await standard.validate(next)
      if (result.issues?.some((issue) => pathOf(issue) === path)) continue
      value = next
      break
    }
  }
  const result = await standard.validate(value)
  return { value: result.issues === undefined ? result.value : value }
}

function pathOf(issue: Issue): string {
  return issueKeys(issue).map(String).join('.')
}

function withValue(input: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined || key === '') return value
  const object = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
  return { ...object, [key]: rest.length === 0 ? value : withValue(object[key], rest, value) }
}
