// Options that the processes and threads of an application inherit, so that its programs run in them.

import { fileURLToPath } from 'node:url'

/** The environment variable of {@link ChildOptions}. */
export const CHILD_OPTIONS = 'MYFY_RELOAD_CHILDREN'

/** Options of the programs of an application. */
export interface ChildOptions {
  /** The file to which loaded modules are reported. */
  readonly journal?: string | undefined
  readonly tsconfig?: string | undefined
}

/** The arguments of Node that children and threads inherit. */
export function childArguments(): string[] {
  return ['--require', preload]
}

/** The module beside this file: in source in the workspace, built everywhere else. */
const preload = fileURLToPath(new URL('./child-preload.cjs', import.meta.url))
