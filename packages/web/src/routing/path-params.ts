// The parameters of a route pattern, as types.

/** The parameters of a pattern: `PathParams<'/users/:id/files/**:rest'>` has `id` and `rest`. */
export type PathParams<Path extends string> = { [K in keyof ParamsOf<Path>]: ParamsOf<Path>[K] }

/** The parameters of a pattern, collected segment by segment. */
export type ParamsOf<Path extends string> = string extends Path
  ? Record<string, string>
  : Path extends `${infer Head}/${infer Tail}`
    ? ParamOf<Head> & ParamsOf<Tail>
    : ParamOf<Path>

/** The parameter of one segment of a pattern. */
export type ParamOf<Segment extends string> = Segment extends `**:${infer Name}`
  ? { readonly [K in Name]: string }
  : Segment extends `${string}:${infer Name}`
    ? Name extends `${infer Bare}(${string}`
      ? { readonly [K in Bare]: string }
      : Name extends `${infer Bare}?`
        ? { readonly [K in Bare]?: string }
        : { readonly [K in Name]: string }
    : unknown

/** The pattern of a route below a prefix: `JoinPath<'/users/', '/:id'>` is `/users/:id`. */
export type JoinPath<Prefix extends string, Path extends string> = Prefix extends `${infer Before}/`
  ? JoinPath<Before, Path>
  : Path extends '/'
    ? Prefix extends ''
      ? '/'
      : Prefix
    : `${Prefix}${Path}`
