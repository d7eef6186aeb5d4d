// The environment: variables over `.env.{profile}` over `.env`, and files that hold one value.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { SettingsError } from '../errors.ts'
import { similarVariable } from './variable-name.ts'

/** One source of variables. */
export interface EnvironmentLayer {
  /** `environment`, `.env.production`, `.env`. */
  readonly name: string
  /** The variables by name. */
  readonly values: Readonly<Record<string, string | undefined>>
  /** The directory that relative paths of `NAME_FILE` start from. Default: the working directory. */
  readonly directory?: string
}

/** A variable that was found. */
export interface EnvironmentValue {
  /** The text. */
  readonly value: string
  /** The source: `environment`, `.env`, `/run/secrets/database (by DATABASE_URL_FILE)`. */
  readonly source: string
  /** True if the text comes from a secret file. It is never shown. */
  readonly secret: boolean
}

/** The variables that an application can see, strongest layer first. */
export class Environment {
  /** The profile, from `MYFY_PROFILE`; undefined if there is none. */
  readonly profile: string | undefined
  /** Strongest first. */
  readonly layers: readonly EnvironmentLayer[]
  /** Probable mistakes in the files, one sentence each. */
  readonly warnings: readonly string[]

  constructor(layers: readonly EnvironmentLayer[], profile?: string, warnings: readonly string[] = []) {
    this.layers = layers
    this.profile = profile
    this.warnings = warnings
  }

  /** Reads the layers of a directory. A missing file is skipped. @throws SettingsError for a file that cannot be read */
  static async read(
    variables: Readonly<Record<string, string | undefined>>,
    directory: string,
  ): Promise<Environment> {
    const profile = variables.MYFY_PROFILE || undefined
    if (profile !== undefined && !/^[\w.-]+$/.test(profile)) {
      throw new SettingsError([
        'Cannot use MYFY_PROFILE (from environment): it must be a name of letters, digits, dots and dashes. Set it to a name such as production.',
      ])
    }
    const layers: EnvironmentLayer[] = [{ name: 'environment', values: variables, directory }]
    const problems: string[] = []
    const warnings: string[] = []
    for (const name of profile ? [`.env.${profile}`, '.env'] : ['.env']) {
      const text = readIfPresent(join(directory, name))
      if (text === undefined) continue
      // Loaded only where there is a file: the parser is CommonJS, whose loader takes 4 MB.
      const { parseEnvFile } = await import('./env-file.ts')
      const file = parseEnvFile(text)
      problems.push(...file.problems.map((problem) => `Cannot read ${name}: ${problem}.`))
      warnings.push(
        ...file.warnings.map((warning) => `${join(directory, name)} is read in part: ${warning}.`),
      )
      layers.push({ name, values: file.values, directory })
    }
    if (problems.length > 0) throw new SettingsError(problems)
    return new Environment(layers, profile, [...warnings, ...warningsOf(layers, directory, profile)])
  }

  /** The places where a variable can be set, for messages: `the environment or in .env`. */
  get places(): string {
    const files = this.layers.slice(1).map((layer) => layer.name)
    if (!files.includes('.env')) files.push('.env')
    return ['the environment', ...files].join(', ').replace(/, ([^,]*)$/, ' or in $1')
  }

  /**
   * Finds a variable, or the file that `NAME_FILE` points to. A variable without characters is not set: Compose files
   * and CI systems pass on variables that are not filled in. It also hides the value of a weaker layer. `report` receives what cannot be read. `isDeclared` tells
   * whether `NAME_FILE` is a setting itself, which then is not the path of a secret.
   */
  find(
    name: string,
    report: (problem: string) => void,
    isDeclared: (name: string) => boolean = () => false,
  ): EnvironmentValue | undefined {
    const pointer = `${name}_FILE`
    for (const layer of this.layers) {
      const value = present(layer.values[name])
      const file = isDeclared(pointer) ? undefined : present(layer.values[pointer])
      if (value !== undefined && file !== undefined) {
        report(
          `Cannot read ${name}: both ${name} and ${pointer} are set in ${layer.name}. Remove one of them.`,
        )
        return undefined
      }
      if (value !== undefined) return { value, source: layer.name, secret: false }
      if (file === undefined && layer.values[name] !== undefined) return undefined
      if (file === undefined) continue
      try {
        const content = decode(readFileSync(resolve(layer.directory ?? '', file))).replace(/[\r\n]+$/, '')
        return { value: content, source: `${file} (by ${pointer})`, secret: true }
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
        report(
          `Cannot read ${name}: ${pointer} points to ${file} (${code}). Correct the path or the permissions.`,
        )
        return undefined
      }
    }
    return undefined
  }

  /** The names of all variables that are set, also without `_FILE`. */
  names(): ReadonlySet<string> {
    const names = new Set<string>()
    for (const layer of this.layers) {
      for (const [name, value] of Object.entries(layer.values)) {
        if (present(value) !== undefined) names.add(name).add(name.replace(/_FILE$/, ''))
      }
    }
    return names
  }
}

/** Returns the text of a variable without the carriage return of a Windows file; undefined if it has no characters. */
function present(value: string | undefined): string | undefined {
  const text = value?.replace(/\r+$/, '')
  return text?.trim() ? text : undefined
}

function warningsOf(
  layers: readonly EnvironmentLayer[],
  directory: string,
  profile?: string,
): readonly string[] {
  const warnings: string[] = []
  const names = layers.map(({ name }) => name)
  if (profile && !names.includes(`.env.${profile}`)) {
    const files = envFilesOf(directory)
    const nearest = similarVariable(`.env.${profile}`, files)
    if (files.length > 0)
      warnings.push(
        `MYFY_PROFILE is ${profile}, but ${join(directory, `.env.${profile}`)} does not exist.${nearest ? ` Did you mean ${nearest.slice('.env.'.length)}?` : ''}`,
      )
  }
  const inFile = layers.find(({ name, values }) => name !== 'environment' && values.MYFY_PROFILE)
  if (inFile) warnings.push(`MYFY_PROFILE in ${inFile.name} has no effect. Set it in the environment.`)
  const above = names.includes('.env') ? undefined : envFileAbove(directory)
  if (above)
    warnings.push(
      `${above} is not read, because the application runs in ${directory}. Move it, or start there.`,
    )
  return warnings
}

/** The profiles' files of a directory. */
function envFilesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^\.env\.(?!example$|sample$|template$|dist$)/.test(name))
  } catch {
    return []
  }
}

/** Returns the `.env` of a directory above, up to the root of the repository. */
function envFileAbove(directory: string): string | undefined {
  for (
    let at = directory, up = dirname(at);
    !existsSync(join(at, '.git')) && up !== at;
    at = up, up = dirname(at)
  )
    if (existsSync(join(up, '.env')) && isRepository(up)) return join(up, '.env')
  return undefined
}

const isRepository = (directory: string): boolean =>
  ['.git', 'package.json', 'pnpm-workspace.yaml'].some((name) => existsSync(join(directory, name)))

function readIfPresent(file: string): string | undefined {
  // An error costs more than the question, and most applications have no such file.
  if (!existsSync(file)) return undefined
  try {
    return decode(readFileSync(file))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new SettingsError([`Cannot read ${file}: ${code ?? String(error)}. Make it readable or remove it.`])
  }
}

/** Decodes a file by its byte order mark: PowerShell writes UTF-16. */
function decode(content: Buffer): string {
  const isUtf16 = content[0] === 0xff && content[1] === 0xfe
  return content.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '')
}
