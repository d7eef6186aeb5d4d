// The fields of a form as its handler receives them, each validated by its schema.

import type { StandardSchema } from '@myfy/core'
import { HTTPException } from '../http/http-exception.ts'
import { toProblem, type ValidationProblem } from '../validation/validation-problem.ts'
import type { FormSchema } from './form.ts'
import type { UploadedFile } from './uploaded-file.ts'

/**
 * Returns the validated fields.
 *
 * @param streamed - the name of a file that is passed on as it arrives
 * @throws HTTPException 422 with a problem for each field that is missing or invalid
 */
export async function validateFields(
  { texts, files }: FormSchema,
  values: Readonly<Record<string, string | string[]>>,
  uploaded: Readonly<Record<string, readonly UploadedFile[]>>,
  streamed?: string,
): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = {}
  const problems: ValidationProblem[] = []
  for (const [name, schema] of texts) {
    const result = await validateText(schema, values[name])
    if (result.issues === undefined) fields[name] = result.value
    else
      for (const issue of result.issues) {
        const { path, detail } = toProblem(schema, issue, values[name], 'body')
        problems.push({ in: 'body', path: path === '' ? name : `${name}.${path}`, detail })
      }
  }
  for (const [name, field] of files) {
    const list = uploaded[name] ?? []
    if (name === streamed) continue
    fields[name] = field.many === undefined ? list[0] : field.streamed ? NO_FILES : list
    if (list.length === 0 && !field.optional)
      problems.push({ in: 'body', path: name, detail: 'expected a file' })
  }
  if (problems.length > 0)
    throw new HTTPException(422, { detail: 'the request does not match the schema', errors: problems })
  return fields
}

type Result = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

/** A name that occurs once is accepted where the schema expects a list. */
async function validateText(schema: StandardSchema, value: string | string[] | undefined): Promise<Result> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined || typeof value !== 'string') return result
  const asList = await schema['~standard'].validate([value])
  return asList.issues === undefined ? asList : result
}

/** The files of a streamed field that the form does not have. */
const NO_FILES: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
}
