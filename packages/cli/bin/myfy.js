#!/usr/bin/env node
// The version is printed without loading anything else, because scripts read it often.
import { readFileSync } from 'node:fs'
import module from 'node:module'

const word = process.argv[2]
if (word === '--version' || word === '-v' || word === '-V') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  const { exitOnEarlySignals } = await import('../dist/early-signals.js')
  exitOnEarlySignals()
  // Since Node 22: compiled code is cached, that of the application included.
  module.enableCompileCache?.()
  await import('../dist/main.js')
}
