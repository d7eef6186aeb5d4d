// The compiler options of a source file: JSX, decorators, class fields, imports of types.

import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  createFilesMatcher,
  createPathsMatcher,
  getTsconfig,
  parseTsconfig,
  type TsConfigJsonResolved,
  type TsConfigResult,
} from 'get-tsconfig'
import type { TransformOptions } from 'oxc-transform'
import { TsconfigError } from '../errors.ts'

type CompilerOptions = NonNullable<TsConfigJsonResolved['compilerOptions']>

/** Node 20 has the syntax of ES2023. Of later syntax oxc lowers `using`. */
const LOWEST_NODE = 'es2023'
/**
 * Lowers class fields, so that they are initialized after parameter properties as in TypeScript. It is an engine without
 * static blocks but with top-level await, which no version of the language is.
 */
const LOWERED_FIELDS = 'chrome93'

const NODE_MODULES = `${path.sep}node_modules${path.sep}`

/** The key under which get-tsconfig keeps the content of a file. */
const READ_FILE = /^readFileSync:(.*):utf8$/s

/** Reads each tsconfig file once. */
export class TsconfigCache {
  readonly #byDirectory = new Map<string, Project | undefined>()
  /** The contents that get-tsconfig has read. */
  #cache = new Map<string, string>()
  /** The referenced files that cannot be read. */
  readonly #missing = new Set<string>()
  #file: string | undefined
  #project: Project | undefined

  /** The files that were read, those that others extend included, except in packages: these change with the lock file. */
  get files(): readonly string[] {
    const read = [...this.#cache.keys()].flatMap((key) => READ_FILE.exec(key)?.[1] ?? [])
    return [...read.filter((file) => !file.includes(NODE_MODULES)), ...this.#missing]
  }

  /** Uses one tsconfig file for all sources; undefined uses the nearest one of each directory. */
  use(file: string | undefined): void {
    if (file === this.#file) return
    this.clear()
    this.#file = file
    this.#project =
      file === undefined
        ? undefined
        : this.#load({ path: file, config: readable(file, () => parseTsconfig(file, this.#cache)) })
  }

  /** Forgets everything, because a tsconfig file was written. */
  clear(): void {
    this.#byDirectory.clear()
    this.#cache = new Map()
    this.#missing.clear()
  }

  /** Returns the options of the transformer for a source file. */
  optionsFor(file: string): TransformOptions {
    return this.#configFor(file)?.transform ?? defaultTransform
  }

  /** Returns the `compilerOptions` that apply to a source file. */
  compilerOptionsFor(file: string): CompilerOptions {
    const options = this.#configFor(file)?.options ?? {}
    return { ...options, jsx: jsxRuntime(options) }
  }

  /** Returns the paths at which `paths` looks for a specifier. */
  pathsOf(specifier: string, file: string): string[] {
    return this.#configFor(file)?.paths?.(specifier) ?? []
  }

  #configFor(file: string): Config | undefined {
    const project = this.#project ?? this.#nearest(path.dirname(file))
    return project && configOf(project, file)
  }

  #nearest(directory: string): Project | undefined {
    if (this.#byDirectory.has(directory)) return this.#byDirectory.get(directory)
    // A package that is used as a source, for example in a workspace, has its own tsconfig file.
    const found = readable(directory, () => getTsconfig(directory, 'tsconfig.json', this.#cache))
    const project = found ? this.#load(found) : undefined
    this.#byDirectory.set(directory, project)
    return project
  }

  /** Loads a tsconfig file and the projects that it references. A solution-style file lists no sources itself. */
  #load(result: TsConfigResult, seen = new Set<string>()): Project {
    seen.add(result.path)
    const references: Project[] = []
    for (const { path: reference } of result.config.references ?? []) {
      const target = path.resolve(path.dirname(result.path), reference)
      const file = target.endsWith('.json') ? target : path.join(target, 'tsconfig.json')
      if (seen.has(file)) continue
      try {
        references.push(this.#load({ path: file, config: parseTsconfig(file, this.#cache) }, seen))
      } catch {
        // TypeScript reports a reference that leads nowhere; a source file does not need it.
        if (!existsSync(file)) this.#missing.add(file)
      }
    }
    return { result, references, config: undefined, matches: undefined }
  }
}

function readable<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new TsconfigError(file, (error as Error).message, error)
  }
}

/** A tsconfig file. Most of it is computed when it is needed. */
interface Project {
  readonly result: TsConfigResult
  readonly references: readonly Project[]
  config: Config | undefined
  matches: ((file: string) => boolean) | undefined
}

interface Config {
  readonly options: CompilerOptions
  readonly transform: TransformOptions
  readonly paths: ((specifier: string) => string[]) | null
}

/** Returns the options of the project, or those of a referenced project that includes the file. */
function configOf(project: Project, file: string): Config {
  const owner = project.references.length > 0 && !includes(project, file) ? ownerOf(project, file) : undefined
  const { result } = owner ?? project
  const target = owner ?? project
  target.config ??= {
    options: result.config.compilerOptions ?? {},
    transform: transformOptions(result.config.compilerOptions ?? {}),
    paths: createPathsMatcher(result),
  }
  return target.config
}

function ownerOf(project: Project, file: string): Project | undefined {
  for (const reference of project.references) {
    const owner = includes(reference, file) ? reference : ownerOf(reference, file)
    if (owner) return owner
  }
  return undefined
}

function includes(project: Project, file: string): boolean {
  const { result } = project
  const { files, include } = result.config
  // `"files": []` without `include` is the mark of a solution.
  if (files?.length === 0 && !include?.length) return false
  project.matches ??= matcherOf(result)
  return project.matches(file)
}

function matcherOf(result: TsConfigResult): (file: string) => boolean {
  const { compilerOptions, ...config } = result.config
  // A file is compiled as its project says although the project lists only TypeScript.
  const matches = createFilesMatcher({
    ...result,
    config: { ...config, compilerOptions: { ...compilerOptions, allowJs: true } },
  })
  return (file) => matches(file) !== undefined
}

function transformOptions(options: CompilerOptions): TransformOptions {
  const assigns = !definesFields(options)
  const legacy = options.experimentalDecorators === true
  // Of static fields that are assigned in a block, oxc drops the legacy decorators.
  const lowersFields = assigns ? legacy : isBefore2022(options.target)
  return {
    target: lowersFields ? LOWERED_FIELDS : LOWEST_NODE,
    helpers: { mode: 'External' as never },
    typescript: {
      onlyRemoveTypeImports: options.verbatimModuleSyntax === true || options.preserveValueImports === true,
      removeClassFieldsWithoutInitializer: assigns,
    },
    assumptions: assigns ? { setPublicClassFields: true } : {},
    decorator: {
      legacy,
      emitDecoratorMetadata: options.emitDecoratorMetadata === true,
    },
    jsx: jsxOptions(options),
  }
}

const defaultTransform = transformOptions({})

/**
 * The default of `useDefineForClassFields` depends on `target`: true from ES2022 on. The default of `target` depends on
 * the version of TypeScript; legacy decorators were written for its old one.
 */
function definesFields(options: CompilerOptions): boolean {
  const { useDefineForClassFields, target, experimentalDecorators } = options
  if (useDefineForClassFields !== undefined) return useDefineForClassFields
  if (target === undefined) return experimentalDecorators !== true
  return !isBefore2022(target)
}

function isBefore2022(target: string | undefined): boolean {
  const version = /^es(\d+)$/i.exec(target ?? '')?.[1]
  return version !== undefined && Number(version) < 2022
}

/** The names of tags may have a namespace. */
function jsxOptions(options: CompilerOptions) {
  const { jsxImportSource, jsxFactory, jsxFragmentFactory } = options
  const jsx = jsxRuntime(options)
  const common = { throwIfNamespace: false }
  if (jsx === 'react')
    return { ...common, runtime: 'classic' as const, pragma: jsxFactory, pragmaFrag: jsxFragmentFactory }
  const development = jsx === 'react-jsxdev'
  return { ...common, runtime: 'automatic' as const, importSource: jsxImportSource, development }
}

/** Returns the runtime of JSX, which is never preserved. Without `jsx` it is the classic one, as esbuild has it. */
function jsxRuntime({ jsx, jsxImportSource }: CompilerOptions): 'react' | 'react-jsx' | 'react-jsxdev' {
  if (jsx === 'react' || jsx === 'react-jsxdev') return jsx
  return jsx === undefined && jsxImportSource === undefined ? 'react' : 'react-jsx'
}
