#!/usr/bin/env node
// The version without loading anything: scripts ask for it often.
import { readFileSync } from 'node:fs'
import module from 'node:module'

const word = process.argv[2]
if (word === '--version' || word === '-v' || word === '-V') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  // Since Node 22: what was compiled once is not compiled again, the application's own files included.
  module.enableCompileCache?.()
  await import('../dist/main.js')
}
