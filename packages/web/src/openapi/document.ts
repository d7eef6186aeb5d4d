// The OpenAPI 3.1 document as a type, and the options of its endpoints.

import type { StandardSchema } from '@myfy/core'
import type { OptionNames } from '@myfy/core/runtime'

/** Options of the API description. */
export interface OpenAPIOptions {
  /** The title of the API. Default: `API`. */
  readonly title?: string
  /** The version of the API. Default: `0.0.0`. */
  readonly version?: string
  /** The description of the API, in Markdown. */
  readonly description?: string
  /** The license of the API. */
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
  /** Security schemes by name: `{ bearer: { type: 'http', scheme: 'bearer' } }`. */
  readonly securitySchemes?: Readonly<Record<string, object>>
  /** Security requirements of routes that set none. Default: none. */
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  /** The servers of the API. Default: the server of the document. */
  readonly servers?: ReadonlyArray<{ readonly url: string; readonly description?: string }>
  /** The path of the document. Default: `/openapi.json`. */
  readonly path?: string
  /**
   * The path of the HTML page, or `false` for none. It is a page of Scalar if `@scalar/api-reference` is installed.
   * Default: `/docs`, and none when NODE_ENV is `production`.
   */
  readonly docs?: string | false
  /**
   * Converts a schema to JSON Schema when its library does not implement `~standard.jsonSchema`: for valibot,
   * `toJsonSchema` of `@valibot/to-json-schema`.
   */
  readonly toJSONSchema?: (schema: StandardSchema, side: 'input' | 'output') => object | undefined
}

export const openAPINames: OptionNames<OpenAPIOptions> = {
  title: true,
  version: true,
  description: true,
  license: true,
  securitySchemes: true,
  security: true,
  servers: true,
  path: true,
  docs: true,
  toJSONSchema: true,
}

/** An OpenAPI 3.1 document. */
export interface OpenAPIDocument {
  /** The version of OpenAPI. */
  readonly openapi: '3.1.0'
  /** The title and version of the API. */
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description?: string
    readonly license?: object
  }
  /** The servers of the API. */
  readonly servers: NonNullable<OpenAPIOptions['servers']>
  /** The security requirements of operations that set none. */
  readonly security: NonNullable<OpenAPIOptions['security']>
  /** The operations by path and method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  /** The schemas and security schemes that operations refer to. */
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>
    readonly securitySchemes?: Readonly<Record<string, object>>
  }
}
