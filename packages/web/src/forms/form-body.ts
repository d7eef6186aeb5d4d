// The request body of a form in a description.

import type { StandardSchema } from '@myfy/core'
import type { JSONSchema } from '../validation/json-schema.ts'
import type { FormSchema } from './form.ts'

/** Describes a form as a request body object of OpenAPI. */
export function formBody(
  { texts, files }: FormSchema,
  convert: (schema: StandardSchema, name: string) => JSONSchema | undefined,
  isOptional: (schema: StandardSchema) => boolean,
): object {
  const properties: Record<string, JSONSchema> = {}
  const required: string[] = []
  const encoding: Record<string, object> = {}
  for (const [name, schema] of texts) {
    properties[name] = convert(schema, name) ?? {}
    if (!isOptional(schema)) required.push(name)
  }
  for (const [name, { many, types, optional }] of files) {
    const binary = { type: 'string', format: 'binary' }
    properties[name] = many === undefined ? binary : { type: 'array', items: binary, maxItems: many }
    if (!optional) required.push(name)
    if (types !== undefined) encoding[name] = { contentType: types.join(', ') }
  }
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }) }
  const multipart = { schema, ...(Object.keys(encoding).length > 0 && { encoding }) }
  const hasFiles = [...files.values()].some((field) => !field.optional)
  return {
    required: required.length > 0,
    content: {
      ...(!hasFiles && { 'application/x-www-form-urlencoded': { schema } }),
      'multipart/form-data': multipart,
    },
  }
}
