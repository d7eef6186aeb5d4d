// What modules bring to the `myfy` command line: commands, and entries of `myfy plan` and `myfy doctor`.

import type { App } from './app.ts'

/** A command that a module brings: `myfy routes`, `myfy db migrate`. */
export interface ModuleCommand {
  /** The name, of one or more words: `routes`, `db migrate`. */
  readonly name: string
  /** The description in the list of commands, of one sentence. */
  readonly description: string
  /** The options, by name without dashes. */
  readonly options?: Readonly<Record<string, CommandOption>>
  /**
   * The arguments behind the name, as its help shows them: `<id>` for one that is required, `[name...]` for any number.
   * Default: none, and an argument is refused.
   */
  readonly args?: string
  /** True if the application is started before the command and stopped after it. Default: false, it is only initialized. */
  readonly starts?: boolean
  /** The names of the modules that accept work while the command runs, with `starts`. Default: none, jobs wait. */
  readonly only?: readonly string[]
  /**
   * True if the command reads only routes, providers and the like. It then runs with settings missing or invalid, such as
   * in a build without secrets. Default: false.
   */
  readonly inspects?: boolean
  /** Runs the command. A number that it returns is the exit code. */
  run(context: CommandContext): unknown
}

/** An option of a {@link ModuleCommand}. A value that it does not accept is refused before the application starts. */
export interface CommandOption {
  /** A `boolean` takes no value. */
  readonly type: 'string' | 'boolean'
  /** The description in the help of the command. */
  readonly description: string
  /** The value without the option. */
  readonly default?: string | boolean
  /** The texts that a `string` accepts, in any case of letters; the command gets them as they stand here. */
  readonly choices?: readonly string[]
  /** The lowest and the highest whole number that a `string` accepts. */
  readonly integer?: readonly [least: number, most: number]
}

/** The argument of {@link ModuleCommand.run}. */
export interface CommandContext {
  /** The initialized (or, with `starts`, started) application. */
  readonly app: App
  /** The options, with defaults filled in. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** The arguments after the command that are not options. */
  readonly args: readonly string[]
  /** Aborts on Ctrl+C. */
  readonly signal: AbortSignal
  /** Writes a line to standard output. */
  print(line: string): void
}

/** Work of a module beside requests, as `myfy plan` shows it. */
export interface PlanEntry {
  /** The kind of work: `queue`, `schedule`, `migrations`. */
  readonly kind: string
  /** The name: `welcome-mail`. */
  readonly name: string
  /** The limits and the like: `5 at a time, at most 60 s each`. */
  readonly detail: string
}

/** The result of one check of `myfy doctor`. */
export interface Diagnostic {
  /** The subject of the check: `settings`, `tasks`. */
  readonly check: string
  /** An `error` will fail in production, a `warning` may. */
  readonly severity: 'ok' | 'warning' | 'error'
  /** The finding. */
  readonly message: string
  /** The action that solves the problem. */
  readonly remedy?: string
}
