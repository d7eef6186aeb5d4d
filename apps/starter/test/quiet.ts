// A logger that discards everything.

import type { Logger } from '@myfy/core'

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
