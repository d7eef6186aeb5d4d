// Warnings about files that are not watched, or not as asked for.

import { plural, unpunctuated } from '@myfy/core/runtime'
import type { ReloadEvent } from './reload-events.ts'

type Warning = Extract<ReloadEvent, { type: 'warning' }>

/** The globs of `watch` match no file. */
export function unmatchedGlobs(globs: readonly string[], cwd: string): Warning {
  const named = globs.map((glob) => `'${glob}'`).join(', ')
  const message = `Cannot find files to watch: ${plural(globs.length, 'glob')} ${named} ${globs.length === 1 ? 'matches' : 'match'} nothing in ${cwd}. Check the spelling; files that are created later are watched.`
  return { type: 'warning', code: 'MYFY_RELOAD_GLOB_UNMATCHED', message }
}

/** The system refuses file system events. */
export function eventsRefused({ code, message: reason }: NodeJS.ErrnoException, pollMs: number): Warning {
  const limit = limits[code ?? '']
  const fix = limit ? `Raise ${limit} for events` : 'Use --poll to skip events'
  const message = `Cannot watch files by events: ${limit ? `the limit ${limit} is reached (${code})` : unpunctuated(reason)}. ${fix}; until then the files are compared every ${pollMs} ms.`
  return { type: 'warning', code: 'MYFY_RELOAD_WATCH_LIMIT', message }
}

/** The application writes a file that makes it start again. */
export function rewrittenFile(file: string): Warning {
  const message = `Cannot keep reloading for ${file}: the application, or a command that it starts, writes it at each start. Write it only if its content differs, or exclude it by --ignore; reloading continues with the next save.`
  return { type: 'warning', code: 'MYFY_RELOAD_LOOP', message }
}

/** The limits behind the errors of Linux, by error code. */
const limits: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances',
}
