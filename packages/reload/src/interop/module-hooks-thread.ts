// The hooks for Node before 22.15, which runs them in a separate thread and has no `module.registerHooks`.

import type { LoadHookContext, ResolveHookContext } from 'node:module'
import type { MessagePort } from 'node:worker_threads'
import { type LoadedSource, type NextLoad, type NextResolve, OwnModuleHooks } from './module-hooks.ts'

/** The data of {@link initialize}. */
export interface HooksThreadData {
  readonly exempt: string
  /** Answers the path of a module with the source of its facade. */
  readonly port: MessagePort
}

let hooks: OwnModuleHooks
let port: MessagePort
const waiting = new Map<string, Array<(source: string) => void>>()

export function initialize(data: HooksThreadData): void {
  hooks = new OwnModuleHooks(data.exempt)
  port = data.port
  port.on('message', ({ file, source }: { file: string; source: string }) => {
    for (const answer of waiting.get(file) ?? []) answer(source)
    waiting.delete(file)
  })
  port.unref()
}

export function resolve(specifier: string, context: ResolveHookContext, next: NextResolve<unknown>) {
  return hooks.resolve(specifier, context) ?? next(specifier, context)
}

export function load(url: string, context: LoadHookContext, next: NextLoad<unknown>) {
  const file = hooks.fileOf(url)
  return file === undefined ? next(url, context) : facade(file)
}

async function facade(file: string): Promise<LoadedSource> {
  const source = await new Promise<string>((resolve) => {
    waiting.set(file, [...(waiting.get(file) ?? []), resolve])
    port.ref()
    port.postMessage(file)
  })
  return { format: 'module', shortCircuit: true, source }
}
