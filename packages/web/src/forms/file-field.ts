// The file fields of a form: what they accept, and how the handler receives them.

import { OptionError } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { type Size, sizeOption } from '../http/size.ts'
import type { StreamedFile, UploadedFile } from './uploaded-file.ts'

/** Options of {@link file}. */
export interface FileOptions {
  /** The largest size of one file. Default: 1 MiB. */
  readonly max?: Size
  /** The media types that are accepted: `['image/*', 'application/pdf']`. The client states the type; the contents may differ. Default: any. */
  readonly types?: readonly string[]
  /** Accepts a form without the file. Default: false. */
  readonly optional?: boolean
  /** Accepts several files of the name, up to this number. The handler receives a list. Default: one file. */
  readonly many?: number
  /**
   * Passes the file on while it arrives, instead of keeping it in a temporary file. It must be the last declared part of
   * the form. Default: false.
   */
  readonly streamed?: boolean
}

/** The value that the handler receives for a file field. */
export type FileValue<Options> = Options extends { readonly many: number }
  ? Options extends { readonly streamed: true }
    ? AsyncIterable<StreamedFile>
    : readonly UploadedFile[]
  :
      | (Options extends { readonly streamed: true } ? StreamedFile : UploadedFile)
      | (Options extends { readonly optional: true } ? undefined : never)

/** A file field of a form. `Value` is what the handler receives. */
export class FileField<Value = unknown> {
  /** The type of the value; absent at run time. */
  declare readonly value: Value
  /** The largest size of one file, in bytes. */
  readonly max: number
  /** The media types that are accepted; undefined for any. */
  readonly types: readonly string[] | undefined
  /** True if the form may lack the file. */
  readonly optional: boolean
  /** The largest number of files; undefined for a field of one file. */
  readonly many: number | undefined
  /** True if the file is passed on while it arrives. */
  readonly streamed: boolean

  /** @internal */
  constructor({ max = '1mb', types, optional = false, many, streamed = false }: FileOptions) {
    this.max = sizeOption('file.max', max)
    if (types !== undefined && !(Array.isArray(types) && types.length > 0 && types.every(isMediaRange)))
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use ${JSON.stringify(types)} as file.types: it is not a list of media types. Write ['image/*'] or ['application/pdf'].`,
      )
    if (many !== undefined && !(Number.isInteger(many) && many > 0))
      throw new OptionError(
        'MYFY_OPTION_INVALID',
        `Cannot use ${many} as file.many: it is not a number of files. Write the largest number, such as 10.`,
      )
    this.types = types?.map((type) => type.toLowerCase())
    this.optional = optional
    this.many = many
    this.streamed = streamed
  }

  /** Reports whether a media type is accepted. */
  accepts(type: string): boolean {
    const [main] = type.split('/')
    return this.types?.some((range) => range === type || range === '*/*' || range === `${main}/*`) ?? true
  }
}

const isMediaRange = (type: unknown): boolean =>
  typeof type === 'string' && /^(?:[\w!#$&^.+-]+|\*)\/(?:[\w!#$&^.+-]+|\*)$/.test(type)

/**
 * Declares a file field of a {@link form}. The handler receives an `UploadedFile` in a temporary file that is removed
 * when the request has ended, or with `streamed: true` a `StreamedFile` while it arrives.
 *
 * @throws OptionError if an option is not valid
 */
export function file<const Options extends FileOptions = Readonly<Record<never, never>>>(
  options?: Options,
): FileField<FileValue<Options>> {
  assertKnownOptions<FileOptions>('file()', options, {
    max: true,
    types: true,
    optional: 'boolean',
    many: true,
    streamed: 'boolean',
  })
  return new FileField(options ?? {})
}
