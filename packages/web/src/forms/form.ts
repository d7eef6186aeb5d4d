// form: the schema of a form body, with text and file fields.

import { isStandardSchema, OptionError, type StandardSchema } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { type Size, sizeOption } from '../http/size.ts'
import { FileField } from './file-field.ts'

/** The fields of a form by name: a schema for a text, `file()` for a file. */
export type FormShape = Readonly<Record<string, StandardSchema | FileField>>

/** The body that a handler receives. */
export type FormOutput<Shape extends FormShape> = {
  readonly [K in keyof Shape]: Shape[K] extends FileField<infer Value>
    ? Value
    : Shape[K] extends StandardSchema<infer _In, infer Out>
      ? Out
      : never
}

/** Options of {@link form}. */
export interface FormOptions {
  /** The largest size of one text field. Default: 64 KiB. */
  readonly maxField?: Size
  /** The largest number of parts, declared or not. Default: 100. */
  readonly maxParts?: number
  /** The largest size of the whole body. Default: that of all declared files, and 1 MiB. `bodyLimit` of the route replaces it. */
  readonly max?: Size
}

/** The size of the text fields and of the headers of the parts, in bytes. */
const TEXT_BYTES = 1_048_576

/** FormSchema is the schema of a form body. Use {@link form} to create one. */
export class FormSchema<Shape extends FormShape = FormShape>
  implements StandardSchema<FormData, FormOutput<Shape>>
{
  /** The text fields by name. */
  readonly texts: ReadonlyMap<string, StandardSchema>
  /** The file fields by name. */
  readonly files: ReadonlyMap<string, FileField>
  /** The largest size of one text field, in bytes. */
  readonly maxField: number
  /** The largest number of parts. */
  readonly maxParts: number
  /** The largest size of the body, in bytes. */
  readonly max: number
  /** A form is read by its route, not validated as a value. */
  readonly '~standard': StandardSchema<FormData, FormOutput<Shape>>['~standard'] = {
    version: 1,
    vendor: 'myfy',
    validate: () => ({ issues: [{ message: 'is a form, which only a route reads' }] }),
  }

  /** @internal */
  constructor(shape: Shape, options: FormOptions) {
    assertKnownOptions('form()', options, { maxField: true, maxParts: true, max: true })
    const { maxField = '64kb', maxParts = 100, max } = options
    const fields = Object.entries(shape)
    const invalid = fields.find(([, field]) => !(field instanceof FileField) && !isStandardSchema(field))
    if (invalid)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot declare the form field '${invalid[0]}': it is neither a schema nor a file. Pass a schema for a text, or file().`,
      )
    this.texts = new Map(
      fields.filter((entry): entry is [string, StandardSchema] => !(entry[1] instanceof FileField)),
    )
    this.files = new Map(
      fields.filter((entry): entry is [string, FileField] => entry[1] instanceof FileField),
    )
    const streamed = [...this.files].filter(([, field]) => field.streamed).map(([name]) => name)
    if (streamed.length > 1)
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot declare the form fields ${streamed.map((name) => `'${name}'`).join(' and ')}: only one field can be streamed. Remove \`streamed\` from the others, which are then kept in temporary files.`,
      )
    this.maxField = sizeOption('maxField', maxField)
    if (!(Number.isInteger(maxParts) && maxParts > 0))
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use ${maxParts} as maxParts: it is not a number of parts. Write the largest number, such as 100.`,
      )
    this.maxParts = maxParts
    const ofFiles = [...this.files.values()].reduce((sum, field) => sum + field.max * (field.many ?? 1), 0)
    this.max = max === undefined ? ofFiles + TEXT_BYTES : sizeOption('max', max)
  }
}

/**
 * Returns the schema of a form body: `multipart/form-data`, or `application/x-www-form-urlencoded`. Text fields are
 * strings, and lists of strings where a name occurs more than once; their schemas convert them. Other fields are ignored.
 *
 * A body of another type receives a 415, and one that announces too many bytes a 413, before any of it is read. Files are
 * removed when the request has ended, in whatever way.
 *
 * @throws OptionError if a field or an option is not valid
 *
 * @example
 * ```ts
 * import { defineRoutes, file, form } from '@myfy/web'
 * import { z } from 'zod'
 *
 * export const pictures = defineRoutes('/pictures', (route) => {
 *   const body = form({ title: z.string().min(1), picture: file({ max: '5mb', types: ['image/*'] }) })
 *   route.post('/', { body }, ({ body }) => ({ title: body.title, name: body.picture.name, size: body.picture.size }))
 * })
 * ```
 */
export const form = <const Shape extends FormShape>(
  shape: Shape,
  options: FormOptions = {},
): FormSchema<Shape> => new FormSchema(shape, options)
