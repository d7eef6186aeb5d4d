// The `module` of the application's own CommonJS: a module of Node, which programs and dependencies inspect.

import nodeModule from 'node:module'
import path from 'node:path'

/** A module of Node. Its class exists at run time; the types leave out its constructor and the search paths. */
export type CommonJsModule = NodeJS.Module
const { Module, _nodeModulePaths: nodeModulePaths } = nodeModule as unknown as {
  readonly Module: new (id: string) => CommonJsModule
  readonly _nodeModulePaths: (directory: string) => string[]
}

/** Creates the `module` of a file. The entry has the id `.`, as under Node. */
export function createModule(file: string, exports: unknown): CommonJsModule {
  const module = new Module(file)
  const paths = nodeModulePaths(path.dirname(file))
  Object.assign(module, { exports, filename: file, paths })
  if (file !== process.argv[1]) return module
  setParent(module, null)
  return Object.assign(module, { id: '.' })
}

/** The parent of a module is the first one that requires it; every one has it among its children. */
export function addChild(parent: CommonJsModule, child: CommonJsModule, isFirst: boolean): void {
  if (isFirst && child.id !== '.') setParent(child, parent)
  if (!parent.children.includes(child)) parent.children.push(child)
}

function setParent(child: CommonJsModule, parent: CommonJsModule | null): void {
  Object.defineProperty(child, 'parent', { value: parent, configurable: true, writable: true })
}
