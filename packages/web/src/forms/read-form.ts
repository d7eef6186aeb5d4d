// The reading of a form body: the type and the size first, then its parts as they arrive.

import { assertIdentity, tooLarge } from '../http/body.ts'
import { errors, HTTPException } from '../http/http-exception.ts'
import type { FileField } from './file-field.ts'
import type { FormSchema } from './form.ts'
import { validateFields } from './form-fields.ts'
import { boundaryOf, type Part, readParts } from './multipart.ts'
import { TemporaryDirectory, TemporaryFiles } from './temporary-files.ts'
import { StreamedFile, type UploadedFile } from './uploaded-file.ts'

/** The part of an exchange that a form is read from. */
export interface FormRequest {
  readonly hasBody: boolean
  readonly bodyLimit: number
  /** The body piece by piece. */
  readonly pieces: AsyncIterable<Uint8Array>
  header(name: string): string | undefined
  onEnd(listener: () => void): void
  waitUntil(work: PromiseLike<unknown>): void
}

/** Returns the function that reads the forms of one route. */
export function formReader(schema: FormSchema): (exchange: FormRequest) => Promise<object> {
  const directory = new TemporaryDirectory()
  return (exchange) => readForm(schema, exchange, directory)
}

/**
 * Returns the fields of a form. With a streamed file it returns when the file begins, otherwise when the form has ended.
 *
 * @throws HTTPException 400, 413, 415 or 422
 */
async function readForm(
  schema: FormSchema,
  exchange: FormRequest,
  directory: TemporaryDirectory,
): Promise<object> {
  const contentType = exchange.header('content-type') ?? ''
  assertIdentity(exchange.header('content-encoding'))
  if (!exchange.hasBody) return validateFields(schema, {}, {})
  if (/^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType))
    return validateFields(schema, await urlencoded(schema, exchange), {})
  if (!/^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType))
    throw new HTTPException(415, {
      detail: 'the request body must be multipart/form-data or application/x-www-form-urlencoded',
      headers: { accept: 'multipart/form-data, application/x-www-form-urlencoded' },
    })
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) throw errors.badRequest('the multipart body has no valid boundary')
  assertAnnounced(exchange)
  const parts = readParts(exchange.pieces, boundary, schema.maxParts)
  const files = new TemporaryFiles(directory)
  exchange.onEnd(() => {
    exchange.waitUntil(parts.return().then(() => files.remove()))
  })
  return collect(schema, parts, files)
}

/** Refuses a body by its announced length, before a byte of it is read. */
function assertAnnounced(exchange: FormRequest): void {
  if (Number(exchange.header('content-length') ?? 0) > exchange.bodyLimit) throw tooLarge(exchange.bodyLimit)
}

type Values = Record<string, string | string[]>

async function urlencoded({ maxParts, maxField }: FormSchema, exchange: FormRequest): Promise<Values> {
  assertAnnounced(exchange)
  const values: Values = Object.create(null)
  const chunks: Uint8Array[] = []
  for await (const chunk of exchange.pieces) chunks.push(chunk)
  const fields = [...new URLSearchParams(Buffer.concat(chunks).toString())]
  if (fields.length > maxParts)
    throw new HTTPException(413, { detail: `the form has more than ${maxParts} fields` })
  for (const [name, value] of fields) {
    if (Buffer.byteLength(value) > maxField) throw fieldTooLarge(maxField)
    add(values, name, value)
  }
  return values
}

function add(values: Values, name: string, value: string): void {
  const known = values[name]
  values[name] = known === undefined ? value : [known, value].flat()
}

const fieldTooLarge = (limit: number) =>
  new HTTPException(413, { detail: `a field of the form exceeds the limit of ${limit} bytes` })

async function collect(
  schema: FormSchema,
  parts: AsyncGenerator<Part, void>,
  files: TemporaryFiles,
): Promise<object> {
  const values: Values = Object.create(null)
  const uploaded: Record<string, UploadedFile[]> = Object.create(null)
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    const part = next.value
    const field = schema.files.get(part.name)
    if (field === undefined || part.filename === undefined) {
      const bytes = await bytesOf(part, schema.maxField)
      // A file field without a file is sent as an empty part, and a text field never has a file name.
      if (field === undefined && part.filename === undefined && schema.texts.has(part.name))
        add(values, part.name, textOf(bytes, part))
      continue
    }
    if (part.filename === '') {
      await drain(part.contents)
      continue
    }
    assertType(part, field)
    if (field.streamed) {
      const fields = await validateFields(schema, values, uploaded, part.name)
      return { ...fields, [part.name]: streamedValue(schema, part, field, parts) }
    } else {
      uploaded[part.name] ??= []
      assertCount(part.name, field, uploaded[part.name]!.length + 1)
      uploaded[part.name]!.push(await files.store(part.filename, part.type, limited(part, field)))
    }
  }
  return validateFields(schema, values, uploaded)
}

/** The bytes of a text: only so much of another part is read as it may have. */
async function bytesOf({ contents, filename }: Part, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of contents) {
    // An undeclared file is not kept.
    if (filename !== undefined) continue
    size += chunk.byteLength
    if (size > limit) throw fieldTooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Decodes a text.
 *
 * @throws HTTPException 415 if its charset is unknown, 400 if it does not have that charset
 */
function textOf(bytes: Uint8Array, { name, charset = 'utf-8' }: Part): string {
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: true })
  } catch {
    throw new HTTPException(415, { detail: `send the field '${name}' in UTF-8` })
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw errors.badRequest(`the field '${name}' is not valid text of the charset ${decoder.encoding}`)
  }
}

/** Refuses a file by its media type, before a byte of it is read. */
function assertType({ name, type }: Part, field: FileField): void {
  if (!field.accepts(type))
    throw new HTTPException(415, {
      detail: `the file '${name}' must be of the type ${field.types!.join(', ')}`,
    })
}

/**
 * The contents of a file, within its limit.
 *
 * @param end - called at the end of the file, before the end of the contents
 */
async function* limited(
  { name, contents }: Part,
  { max }: FileField,
  end?: () => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  let size = 0
  for await (const chunk of contents) {
    size += chunk.byteLength
    if (size > max)
      throw new HTTPException(413, { detail: `the file '${name}' exceeds the limit of ${max} bytes` })
    yield chunk
  }
  await end?.()
}

async function drain(contents: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _chunk of contents) {
    // Read and dropped: the next part comes after it.
  }
}

function assertCount(name: string, { many = 1 }: FileField, count: number): void {
  if (count > many)
    throw new HTTPException(422, {
      detail: 'the request does not match the schema',
      errors: [
        { in: 'body', path: name, detail: `expected at most ${many} ${many === 1 ? 'file' : 'files'}` },
      ],
    })
}

/** The value of a file that is passed on while it arrives. */
function streamedValue(
  schema: FormSchema,
  part: Part,
  field: FileField,
  parts: AsyncGenerator<Part, void>,
): StreamedFile | AsyncIterable<StreamedFile> {
  const end = field.many === undefined ? () => skipRest(schema, parts) : undefined
  const first = new StreamedFile(part.filename!, part.type, limited(part, field, end))
  return field.many === undefined ? first : streamedFiles(schema, { first, part, field, parts })
}

/** Reads to the end of the form, which is the end of its last file: a truncated form is not a complete file. */
async function skipRest(schema: FormSchema, parts: AsyncGenerator<Part, void>): Promise<void> {
  for (let next = await parts.next(); !next.done; next = await parts.next()) await skip(schema, next.value)
}

/** Skips a part behind a streamed file, which the handler could not receive any more. */
async function skip({ texts, files }: FormSchema, { name, contents }: Part): Promise<void> {
  if (texts.has(name) || files.has(name))
    throw errors.badRequest(`the part '${name}' must come before the streamed file`)
  await drain(contents)
}

interface StreamedFiles {
  readonly first: StreamedFile
  readonly part: Part
  readonly field: FileField
  readonly parts: AsyncGenerator<Part, void>
}

async function* streamedFiles(
  schema: FormSchema,
  { first, part, field, parts }: StreamedFiles,
): AsyncGenerator<StreamedFile, void> {
  yield first
  // The rest of a file that its handler has not read to the end.
  await drain(part.contents)
  let count = 1
  for (let next = await parts.next(); !next.done; next = await parts.next()) {
    const { name, filename, type, contents } = next.value
    if (name !== part.name || filename === undefined) await skip(schema, next.value)
    else if (filename !== '') {
      assertCount(name, field, ++count)
      assertType(next.value, field)
      yield new StreamedFile(filename, type, limited(next.value, field))
    }
    await drain(contents)
  }
}
