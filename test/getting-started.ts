// The steps of docs/getting-started.md: the files that each writes, and the commands that it runs.
import { read } from './markdown.ts'

export type Action =
  | { readonly type: 'write'; readonly file: string; readonly content: string }
  /** `output` is undefined if the document shows none. */
  | {
      readonly type: 'run'
      readonly command: string
      readonly fails: boolean
      readonly output: string | undefined
    }

export interface Step {
  readonly title: string
  readonly actions: readonly Action[]
}

/** Returns the steps. The part before the first step, which installs packages, is the first. */
export function gettingStarted(): readonly Step[] {
  return read('docs/getting-started.md')
    .split(/^## /m)
    .map((part) => ({ title: part.split('\n', 1)[0] ?? '', actions: actionsOf(part) }))
}

function actionsOf(text: string): Action[] {
  const actions: Action[] = []
  for (const [, language, label = '', content = ''] of text.matchAll(
    /^```(\w+)(?: (.*))?\n([\s\S]*?)^```$/gm,
  )) {
    const last = actions.at(-1)
    if (language === 'sh') {
      for (const command of content.trim().split('\n'))
        actions.push({ type: 'run', command, fails: label === 'fails', output: undefined })
    } else if (language === 'text' && label === 'output' && last?.type === 'run') {
      actions[actions.length - 1] = { ...last, output: content.trim() }
    } else if (label !== '') actions.push({ type: 'write', file: label, content })
  }
  return actions
}

/** Returns the title of a test that performs an action. */
export function describeAction(action: Action): string {
  return action.type === 'write' ? `writes ${action.file}` : action.command
}
