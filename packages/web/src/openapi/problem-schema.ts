// The JSON Schema of problem details (RFC 9457).

import type { JSONSchema } from '../validation/json-schema.ts'

/** The JSON Schema of an error body. */
export const PROBLEM_SCHEMA: JSONSchema = {
  type: 'object',
  description: 'Problem details of an error (RFC 9457).',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    id: { type: 'string', description: 'The id of the request, by which its log lines are found.' },
    errors: {
      type: 'array',
      description: 'The validation problems of a 422.',
      items: {
        type: 'object',
        required: ['in', 'path', 'detail'],
        properties: {
          in: { type: 'string', enum: ['params', 'query', 'headers', 'body'] },
          path: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
  additionalProperties: true,
}
