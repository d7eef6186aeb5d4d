// The parameters of a route pattern, as types.

/**
 * The parameters of a pattern, for example `id` and `rest` of `/users/:id/files/**:rest`. The forms are those of the
 * router: `:name`, `:name?` and `:name*` (optional), `:name+`, `:name(regexp)`, several in one segment
 * (`/v:major-:minor`, `/:name.json`), `**:name`, and `**` with the parameter `_`.
 */
export type PathParams<Path extends string> = { [K in keyof ParamsOf<Path>]: ParamsOf<Path>[K] }

/** The parameters of a pattern, collected segment by segment. */
export type ParamsOf<Path extends string> = string extends Path
  ? Record<string, string>
  : Path extends `${infer Head}/${infer Tail}`
    ? ParamOf<Head> & ParamsOf<Tail>
    : ParamOf<Path>

/** The parameters of one segment of a pattern. */
export type ParamOf<Segment extends string> = Segment extends '**'
  ? { readonly _?: string }
  : Segment extends `${infer Before}:${infer After}`
    ? Before extends `${string}\\` | `${string}(?`
      ? // An escaped colon, and a group of a regular expression.
        ParamOf<After>
      : SplitName<After> extends [infer Name extends string, infer Rest extends string]
        ? NamedParam<Name, WithoutConstraint<Rest>>
        : unknown
    : unknown

/** The parameter of a name, by its modifier, and those that follow in the segment. */
export type NamedParam<Name extends string, Rest extends string> = Name extends ''
  ? ParamOf<Rest>
  : Rest extends `${'?' | '*' | '}?'}${infer Next}`
    ? { readonly [K in Name]?: string } & ParamOf<Next>
    : { readonly [K in Name]: string } & ParamOf<Rest>

/** Removes the regular expression after a name: `(\\d+)?` becomes `?`. */
export type WithoutConstraint<Rest extends string> = Rest extends `(${infer Constraint})${infer Next}`
  ? Constraint extends `${string}(${string}`
    ? WithoutNested<Next>
    : Next
  : Rest

/** Continues after the last closing parenthesis, which ends a constraint with groups. */
export type WithoutNested<Rest extends string> = Rest extends `${string})${infer Next}`
  ? WithoutNested<Next>
  : Rest

/** Splits the name of a parameter from the rest of its segment. */
export type SplitName<
  Text extends string,
  Name extends string = '',
> = Text extends `${infer Character}${infer Rest}`
  ? Character extends NameCharacter
    ? SplitName<Rest, `${Name}${Character}`>
    : [Name, Text]
  : [Name, '']

/** A character of the name of a parameter. */
// biome-ignore format: three lines
export type NameCharacter =
  | 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm' | 'n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z'
  | 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'N' | 'O' | 'P' | 'Q' | 'R' | 'S' | 'T' | 'U' | 'V' | 'W' | 'X' | 'Y' | 'Z'
  | '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '_'

/** The pattern of a route below a prefix, without a trailing slash: `JoinPath<'/users/', '/:id'>` is `/users/:id`. */
export type JoinPath<Prefix extends string, Path extends string> = Prefix extends `${infer Before}/`
  ? JoinPath<Before, Path>
  : Path extends `${infer Before}/`
    ? Before extends ''
      ? Prefix extends ''
        ? '/'
        : Prefix
      : JoinPath<Prefix, Before>
    : `${Prefix}${Path}`
