import { consoleLogger } from '@myfy/core'

/** Writes nothing. */
export const quiet = consoleLogger({ level: 'silent' })
