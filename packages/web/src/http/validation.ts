// Values from outside against a Standard Schema, and what the client is told when they do not fit.

import type { SchemaIssue, StandardSchema } from '@myfy/core'
import { HTTPException } from './http-exception.ts'

/** Where a value came from. */
export type InputSource = 'params' | 'query' | 'headers' | 'body'

/** One thing that is wrong with a request, as it stands in the body of a 422. */
export interface ValidationProblem {
  /** Which part of the request. */
  readonly in: InputSource
  /** Where in it, with dots: `address.street`, `items.0.name`. Empty for the part as a whole. */
  readonly path: string
  /** What was expected. Never what was sent. */
  readonly detail: string
}

/** Checks a value; returns what the schema makes of it, or throws the 422. */
export function validate(schema: StandardSchema, value: unknown, source: InputSource): unknown {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) return result.then((settled) => unwrapResult(settled, value, source))
  return unwrapResult(result, value, source)
}

type Result = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

function unwrapResult(result: Result, value: unknown, source: InputSource): unknown {
  if (result.issues === undefined) return result.value
  // A flood of issues is of no use to anybody and costs the server.
  const problems = result.issues.slice(0, 100).map((issue) => toProblem(issue, value, source))
  throw new HTTPException(422, { detail: 'the request does not have the expected form', errors: problems })
}

function toProblem(issue: SchemaIssue, value: unknown, source: InputSource): ValidationProblem {
  const keys = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
  return {
    in: source,
    path: keys.map(String).join('.'),
    detail: redactMessage(issue.message, valueAt(value, keys)),
  }
}

/**
 * Some libraries quote what was sent: valibot's `but received "…"`, arktype's `(was "…")`. A response must not carry
 * it: logs of clients and proxies would keep a password that stood in the wrong field.
 */
function redactMessage(message: string, value: unknown): string {
  const cut = message.replace(/,? but received [\s\S]*$/, '').replace(/ \(was [\s\S]*\)$/, '')
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number' || typeof value === 'bigint'
        ? String(value)
        : ''
  return text.length > 2 && cut.includes(text) ? 'is not valid' : cut
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<PropertyKey, unknown>)[key]
  }
  return at
}
