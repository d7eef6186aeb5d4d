// Settings: a typed value that a schema makes of variables.

import { type Token, token } from '@myfy/di'
import { OptionError } from '../errors.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'
import { environmentName } from './variable-name.ts'

/** The token of a settings value, made by {@link defineSettings}. It is injected as any other token. */
export interface Settings<T = unknown> extends Token<T> {
  /** Validates and converts the value. */
  readonly schema: StandardSchema<unknown, T>
  /** The beginning of the name of every variable: `APP_`. */
  readonly prefix: string
}

/** One variable that settings read, for `myfy doctor` and for messages. */
export interface SettingsVariable {
  /** `DATABASE__POOL_SIZE` */
  readonly variable: string
  /** `database.poolSize` */
  readonly key: string
  /** The source of the value; undefined if the default is used. */
  readonly source?: string
  /** The value, if it is a number, a boolean or one of a few words and does not look like a secret. */
  readonly value?: string
}

/** Options of {@link defineSettings}. */
export interface SettingsOptions {
  /** The beginning of every variable, without the underscore: `app` reads `APP_DATABASE_URL`. Default: none. */
  readonly prefix?: string
  /** The name of the token in messages. Default: `Settings`. */
  readonly name?: string
}

const optionNames: OptionNames<SettingsOptions> = { prefix: true, name: true }

/**
 * Defines settings by a Standard Schema of an object.
 *
 * The key `databaseUrl` reads the variable `DATABASE_URL`, the key `poolSize` of a nested object or record `database`
 * reads `DATABASE__POOL_SIZE`, and a nested object also reads one variable `DATABASE` with JSON. `DATABASE_URL_FILE`
 * names a file that contains the value, unless `databaseUrlFile` is a key itself. Text is converted to the numbers,
 * booleans, lists (`1,2,3` or JSON) and constants that the schema expects; everything else is left to the schema. An
 * optional object is made only if one of its variables is set.
 *
 * @throws OptionError if `schema` is not a Standard Schema, or an option does not exist
 *
 * @example
 * ```ts
 * import { defineSettings } from '@myfy/core'
 * import { z } from 'zod'
 *
 * export const AppSettings = defineSettings(
 *   z.object({ port: z.number().default(8000), databaseUrl: z.string().default('memory://') }),
 * )
 * ```
 */
export function defineSettings<T>(
  schema: StandardSchema<unknown, T>,
  options: SettingsOptions = {},
): Settings<T> {
  if (!isStandardSchema(schema)) {
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot define settings: the schema is ${schema === null ? 'null' : `of type ${typeof schema}`}. Give it a Standard Schema (zod, valibot, arktype); if it is imported, look for a circular import.`,
    )
  }
  assertKnownOptions('defineSettings()', options, optionNames)
  const prefix = options.prefix ? `${environmentName(options.prefix).replace(/_+$/, '')}_` : ''
  const name = options.name ?? 'Settings'
  // The container reports it where the settings are injected and no module declares them.
  const missingFix = `Declare the settings: new Application({ settings: ${name} }), or settings: ${name} of the module that needs them.`
  return Object.assign(token<T>(name), { schema, prefix, missingFix })
}
