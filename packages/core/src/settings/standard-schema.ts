// Standard Schema: the interface that zod, valibot, arktype and other libraries implement.

/**
 * The part of the Standard Schema specification (https://standardschema.dev, version 1) that the framework uses. The
 * specification asks to copy its types, so that there is no dependency.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties of the specification. */
  readonly '~standard': {
    /** The version of the specification. */
    readonly version: 1
    /** The name of the library. */
    readonly vendor: string
    /** Validates and converts a value. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Exists only for the compiler. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The result of a validation. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> }

/** One problem of a value. */
export interface SchemaIssue {
  /** A sentence for people. */
  readonly message: string
  /** The path to the problem inside the value. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/**
 * Reports whether a value is a Standard Schema. It is false for undefined, which a circular import can leave.
 *
 * @example
 * ```ts
 * import { isStandardSchema } from '@myfy/core'
 * import { z } from 'zod'
 *
 * console.log(isStandardSchema(z.string()), isStandardSchema(undefined)) // true false
 * ```
 */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return typeof (value as StandardSchema | null | undefined)?.['~standard']?.validate === 'function'
}
