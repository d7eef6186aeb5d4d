// Validation of the parts of a request against a Standard Schema.

import type { SchemaIssue, StandardSchema } from '@myfy/core'
import { issueKeys } from '@myfy/core/runtime'
import { RouteError } from '../errors.ts'
import { HTTPException } from '../http/http-exception.ts'
import { declaredProperties } from './json-schema.ts'
import { type InputSource, toProblem } from './validation-problem.ts'

/** The maximum number of problems in a 422. */
const MAX_PROBLEMS = 100

type Result = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

/**
 * Validates a part of a request and returns the output of the schema. A query name that occurs once is accepted where
 * the schema expects a list.
 *
 * @throws HTTPException 422 with at most 100 problems
 */
export function validate(schema: StandardSchema, value: unknown, source: InputSource): unknown {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) return result.then((settled) => conclude(schema, settled, value, source))
  return conclude(schema, result, value, source)
}

/**
 * Validates the parameters of a path.
 *
 * @throws HTTPException 422 as {@link validate} does
 * @throws RouteError if the schema misses a parameter that the pattern does not have: no request can satisfy it
 */
export function validateParams(
  schema: StandardSchema,
  params: unknown,
  { label, pattern }: { readonly label: string; readonly pattern: string },
): unknown {
  const settle = (result: Result) => {
    const missing = result.issues?.map(firstKey).find((key) => key !== undefined && !hasParam(pattern, key))
    if (missing === undefined) return conclude(schema, result, params, 'params')
    throw new RouteError(
      label,
      `its schema of params expects '${missing}', which its path does not contain`,
      `Write :${missing} in the path, or rename the key of the schema`,
    )
  }
  const result = schema['~standard'].validate(params)
  return result instanceof Promise ? result.then(settle) : settle(result)
}

/** Reports whether a pattern has a parameter: `:id` in any of its forms, or `_` of `**`. */
function hasParam(pattern: string, name: string): boolean {
  const names = Array.from(pattern.matchAll(/:([A-Za-z_]\w*)/g), ([, found]) => found)
  return names.includes(name) || (name === '_' && /\*\*(?!:)/.test(pattern)) || name.startsWith('_')
}

function conclude(schema: StandardSchema, result: Result, value: unknown, source: InputSource): unknown {
  if (result.issues === undefined) return result.value
  const lists = source === 'query' ? withLists(value, result.issues) : undefined
  if (lists === undefined) throw problems(schema, result.issues, value, source)
  return retry(schema, value, lists)
}

/**
 * Validates a query again in which single values are lists. The query `?tag=a` is `{ tag: 'a' }`, which a schema of
 * `{ tag: string[] }` rejects; as `{ tag: ['a'] }` it is valid. Values that remain invalid are reported as they were.
 */
async function retry(
  schema: StandardSchema,
  query: unknown,
  lists: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const result = await schema['~standard'].validate(lists)
  if (result.issues === undefined) return result.value
  const { lists: declared } = declaredProperties(schema)
  const rejected = result.issues.flatMap((issue) => {
    const name = issue.path?.length === 1 ? firstKey(issue) : undefined
    return name === undefined || declared.has(name) ? [] : name
  })
  if (!rejected.some((name) => lists[name] !== (query as typeof lists)[name]))
    throw problems(schema, result.issues, lists, 'query')
  const restored: Record<string, unknown> = Object.assign(Object.create(null), lists)
  for (const name of rejected) restored[name] = (query as typeof lists)[name]
  const last = await schema['~standard'].validate(restored)
  if (last.issues === undefined) return last.value
  throw problems(schema, last.issues, restored, 'query')
}

/** Returns the query with the single values that have an issue as lists; undefined when there are none. */
function withLists(
  query: unknown,
  issues: readonly SchemaIssue[],
): Readonly<Record<string, unknown>> | undefined {
  const lists = Object.assign(Object.create(null), query) as Record<string, unknown>
  let changed = false
  for (const issue of issues) {
    const name = firstKey(issue)
    if (name === undefined || typeof lists[name] !== 'string') continue
    lists[name] = [lists[name]]
    changed = true
  }
  return changed ? lists : undefined
}

function firstKey(issue: SchemaIssue): string | undefined {
  const [key] = issueKeys(issue)
  return typeof key === 'string' ? key : undefined
}

function problems(
  schema: StandardSchema,
  issues: readonly SchemaIssue[],
  value: unknown,
  source: InputSource,
): HTTPException {
  const errors = issues.slice(0, MAX_PROBLEMS).map((issue) => toProblem(schema, issue, value, source))
  const whole = source === 'message' ? 'message' : 'request'
  return new HTTPException(422, { detail: `the ${whole} does not match the schema`, errors })
}
