// Leads the imports and requires of code that Node loads to the modules of the graph: there is one instance of each.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import nodeModule, { type LoadHookContext, type ResolveHookContext } from 'node:module'
import { MessageChannel } from 'node:worker_threads'
import { type ModuleRunner, runnerUrl } from '../runner/module-runner.ts'
import { facadeOf, provideInstances } from './facade.ts'
import { type NextLoad, type NextResolve, OwnModuleHooks } from './module-hooks.ts'
import type { HooksThreadData } from './module-hooks-thread.ts'
import { isOwnModule, ownModuleOf } from './own-module.ts'

/** The loaders of `require` by extension. */
type Extensions = Record<string, (module: { exports: unknown }, file: string) => void>

interface HooksInThread {
  resolve(specifier: string, context: ResolveHookContext, next: NextResolve<unknown>): unknown
  load(url: string, context: LoadHookContext, next: NextLoad<unknown>): unknown
}

/** The parts of `node:module` that its types leave out, or that older versions lack. */
const { _extensions: extensions, registerHooks } = nodeModule as unknown as {
  readonly _extensions: Extensions
  /** Since Node 22.15, which also has the channel of imports. */
  readonly registerHooks?: (hooks: HooksInThread) => void
}
const IMPORT_CHANNEL = 'tracing:module.import:start'

/** The extensions of the application's modules. Node loads any other extension as `.js`. */
const EXTENSIONS = ['.js', '.json', '.jsx', '.ts', '.tsx', '.mts', '.cts'] as const

/**
 * Serves the modules of a runner to everything that Node loads in this process: `import()` of a path, `require`,
 * `createRequire`. The process keeps what it has loaded so; see `ModuleRunner.canReplace`.
 */
export function serveToNode(runner: ModuleRunner): void {
  provideInstances(runner)
  serveRequire(runner)
  serveImport(runner)
}

function serveRequire(runner: ModuleRunner): void {
  for (const extension of EXTENSIONS) {
    const native = extensions[extension] ?? extensions['.js']!
    extensions[extension] = (module, file) => {
      const isOwn = isOwnModule(file) || (extension === '.json' && isOwnModule(`${file}.js`))
      if (isOwn && !runner.resolver.isExternal(file)) module.exports = runner.require(file)
      else native(module, file)
    }
  }
}

/** Hooks make every import slower, so that they are installed when the first one may need them. */
function serveImport(runner: ModuleRunner): void {
  let installed = false
  const install = () => {
    if (installed) return
    installed = true
    if (registerHooks) registerHooks(hooksInThread(runner))
    else installHooksThread(runner)
  }
  if (!registerHooks) {
    runner.onSource = (source) => {
      if (!installed && namesPath(source)) install()
    }
    return
  }
  const look = (message: unknown) => {
    const { url, parentURL } = message as { url: string; parentURL: string }
    if (parentURL === runnerUrl || ownModuleOf(url) === undefined) return
    unsubscribe(IMPORT_CHANNEL, look)
    install()
  }
  subscribe(IMPORT_CHANNEL, look)
}

function hooksInThread(runner: ModuleRunner): HooksInThread {
  const hooks = new OwnModuleHooks(runnerUrl)
  return {
    resolve: (specifier, context, next) => hooks.resolve(specifier, context) ?? next(specifier, context),
    load(url, context, next) {
      const file = hooks.fileOf(url)
      if (file === undefined) return next(url, context)
      return { format: 'module', shortCircuit: true, source: facadeOf(runner, file) }
    },
  }
}

function installHooksThread(runner: ModuleRunner): void {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', (file: string) => port1.postMessage({ file, source: facadeOf(runner, file) }))
  port1.unref()
  const data: HooksThreadData = { exempt: runnerUrl, port: port2 }
  nodeModule.register(hooksThread, { data, transferList: [port2] })
}

/** Reports whether a source may hand the path of another module to a dependency: there is no other way to learn one. */
function namesPath(source: string): boolean {
  return /\bimport\.meta\.\w|\b__(?:dir|file)name\b|\bprocess\.cwd\b|\*\.(?:\{[^}]*)?[cm]?[jt]sx?\b/.test(
    source,
  )
}

/** The module beside this file: in source in the workspace, built everywhere else. */
const hooksThread = new URL(
  import.meta.url.endsWith('.ts') ? './module-hooks-thread.ts' : './module-hooks-thread.js',
  import.meta.url,
)
