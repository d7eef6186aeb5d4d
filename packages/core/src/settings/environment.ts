// Where settings come from: the environment over `.env.{profile}` over `.env`, and files that hold a secret.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { SettingsError } from '../errors.ts'

/** One source of variables. */
export interface EnvironmentLayer {
  /** `environment`, `.env.production`, `.env`. */
  readonly name: string
  /** The variables by name. */
  readonly values: Readonly<Record<string, string | undefined>>
}

/** A variable that was found. */
export interface EnvironmentValue {
  /** Its text. */
  readonly value: string
  /** Where: `environment`, `.env`, `/run/secrets/database (by DATABASE_URL_FILE)`. */
  readonly source: string
  /** It came from a secret file: it is never shown. */
  readonly secret: boolean
}

/** The variables an application can see, strongest layer first. */
export class Environment {
  /** The profile, from `MYFY_PROFILE`; undefined if there is none. */
  readonly profile: string | undefined
  /** Strongest first. */
  readonly layers: readonly EnvironmentLayer[]

  constructor(layers: readonly EnvironmentLayer[], profile?: string) {
    this.layers = layers
    this.profile = profile
  }

  /** Reads the layers of a directory. A missing file is no layer; an unreadable one is an error. */
  static read(variables: Readonly<Record<string, string | undefined>>, directory: string): Environment {
    const profile = variables.MYFY_PROFILE || undefined
    if (profile !== undefined && !/^[\w.-]+$/.test(profile)) {
      throw new SettingsError([
        `MYFY_PROFILE must be a name of letters, digits, dots and dashes (found in the environment)`,
      ])
    }
    const layers: EnvironmentLayer[] = [{ name: 'environment', values: variables }]
    for (const name of profile ? [`.env.${profile}`, '.env'] : ['.env']) {
      const text = readIfPresent(join(directory, name))
      if (text !== undefined) layers.push({ name, values: parseEnv(text) })
    }
    return new Environment(layers, profile)
  }

  /** Where variables are looked for, for messages. */
  get sources(): string {
    return this.layers.map((layer) => layer.name).join(', ')
  }

  /** Finds a variable, or the file that `NAME_FILE` points to. `problem` is told what can't be read. */
  find(name: string, problem: (sentence: string) => void): EnvironmentValue | undefined {
    for (const layer of this.layers) {
      // Empty is not set: compose files and CI systems pass on variables that nobody filled in.
      const value = layer.values[name] || undefined
      const file = layer.values[`${name}_FILE`] || undefined
      if (value !== undefined && file !== undefined) {
        problem(`${name} and ${name}_FILE are both set (in ${layer.name}); remove one of them`)
        return undefined
      }
      if (value !== undefined) return { value, source: layer.name, secret: false }
      if (file !== undefined) {
        try {
          const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
          return { value: content, source: `${file} (by ${name}_FILE)`, secret: true }
        } catch (error) {
          problem(
            `${name}_FILE points to ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`,
          )
          return undefined
        }
      }
    }
    return undefined
  }

  /** The names of all variables that are set, with `_FILE` taken off. */
  names(): ReadonlySet<string> {
    const names = new Set<string>()
    for (const layer of this.layers) {
      for (const [name, value] of Object.entries(layer.values)) {
        if (value !== undefined) names.add(name).add(name.replace(/_FILE$/, ''))
      }
    }
    return names
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new SettingsError([`${file} cannot be read (${code}); make it readable or remove it`])
  }
}
