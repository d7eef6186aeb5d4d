// A logger that records its lines.

import type { Logger } from '@myfy/core'

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

export function recordingApp(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = []
  const write = (level: Line['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  return {
    lines,
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  }
}
